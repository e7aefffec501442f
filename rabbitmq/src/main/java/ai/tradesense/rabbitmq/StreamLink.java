package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import com.rabbitmq.stream.Constants;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.codec.SimpleCodec;
import com.rabbitmq.stream.compression.DefaultCompressionCodecFactory;
import com.rabbitmq.stream.impl.Client;
import com.rabbitmq.stream.impl.Client.Broker;
import com.rabbitmq.stream.impl.Client.ClientParameters;
import com.rabbitmq.stream.impl.Client.Response;
import com.rabbitmq.stream.impl.Client.StreamMetadata;
import com.rabbitmq.stream.impl.MessageBatch;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// A connection to one node of the broker, with the writers and readers that stand on it. When it breaks they are
/// told, and that is all that happens: what was under way is known to them.
///
/// This is the client's lower level, a frame of the protocol for each call. The level above it republishes and
/// subscribes again by itself, and refuses what it is given meanwhile: the order in which events were sent could
/// not be kept with it.
///
/// Safe for use by several threads. What waits for an answer does so up to the timeout.
final class StreamLink {
    /// How many writers, and how many readers, a connection has room for: the protocol numbers them with a byte.
    static final int CAPACITY = 256;

    /// Somebody who stands on a link for a stream.
    interface User {
        /// The stream or the link is gone: nothing more comes.
        void ended(RabbitTransportException why);
    }

    /// Who publishes to a stream. Called by a thread of the link; must not throw.
    interface Writer extends User {
        void confirmed(long publishingId);

        void refused(long publishingId, short code);
    }

    /// Who reads a stream. Called by another thread of the link, one call at a time.
    interface Reader extends User {
        /// A chunk begins. Nobody gets more of them than it has asked for with [StreamLink#credit].
        void chunk(long firstOffset, long messages);

        /// A message of it; the first ones may be older than what was asked for.
        void message(long offset, byte[] body);
    }

    private record Place<U extends User>(String stream, U user) {}

    /// Those of one kind, by the numbers of the protocol. Guarded by the link.
    private static final class Places<U extends User> {
        private final List<@Nullable Place<U>> taken = new ArrayList<>(Collections.nCopies(CAPACITY, null));
        private int count;
        private int next;

        boolean hasRoom() {
            return count < CAPACITY;
        }

        @Nullable
        Place<U> get(int id) {
            return taken.get(id);
        }

        /// Numbers go around, so that what is on its way to a former one finds nobody.
        int take(Place<U> place) {
            for (int step = 0; step < CAPACITY; step++) {
                int id = (next + step) % CAPACITY;
                if (taken.get(id) == null) {
                    taken.set(id, place);
                    next = (id + 1) % CAPACITY;
                    count++;
                    return id;
                }
            }
            throw new IllegalStateException("all " + CAPACITY + " are taken");
        }

        boolean free(int id) {
            boolean wasTaken = taken.set(id, null) != null;
            count -= wasTaken ? 1 : 0;
            return wasTaken;
        }
    }

    private final String address;
    private final Client client;
    private final AtomicReference<@Nullable Channel> channel = new AtomicReference<>();
    private final AtomicReference<@Nullable Throwable> distrust = new AtomicReference<>();
    private volatile boolean open = true;

    // Guarded by this.
    private final Places<Writer> writers = new Places<>();
    private final Places<Reader> readers = new Places<>();

    /// @throws RabbitTransportException if the other end is not trusted
    /// @throws RuntimeException of the client if there is no connection
    StreamLink(String address, ClientParameters parameters) {
        this.address = address;
        this.client = connected(parameters
                .codec(new SimpleCodec()) // bytes as they are
                .compressionCodecFactory(new DefaultCompressionCodecFactory())
                .channelCustomizer(this::watch)
                .publishConfirmListener(this::confirmed)
                .publishErrorListener(this::refused)
                .chunkListener((from, id, offset, messages, bytes) -> chunk(id, offset, messages))
                .messageListener((id, offset, timestamp, committed, reader, message) -> {
                    if (reader instanceof Reader mine) {
                        mine.message(offset, message.getBodyAsBinary());
                    }
                })
                .creditNotification((id, code) -> {}) // of a reader that has just left
                .metadataListener((stream, code) -> streamGone(stream))
                .shutdownListener(context -> broken()));
        if (!client.isOpen()) {
            broken();
        }
    }

    private Client connected(ClientParameters parameters) {
        try {
            return new Client(parameters);
        } catch (RuntimeException failure) {
            Throwable why = distrust.get();
            if (why == null) {
                throw failure;
            }
            throw new RabbitTransportException(
                    Reason.NOT_TRUSTED,
                    address + " has a certificate that is not accepted: " + why.getMessage(),
                    failure);
        }
    }

    /// The client does not say that it failed because of a certificate.
    private void watch(Channel made) {
        channel.set(made);
        SslHandler tls = made.pipeline().get(SslHandler.class);
        if (tls != null) {
            Future<Channel> _ = tls.handshakeFuture().addListener(handshake -> distrust.set(handshake.cause()));
        }
    }

    boolean isOpen() {
        return open;
    }

    /// What the broker says it is.
    String version() {
        return String.valueOf(client.brokerVersion());
    }

    synchronized boolean hasRoomToWrite() {
        return open && writers.hasRoom();
    }

    synchronized boolean hasRoomToRead() {
        return open && readers.hasRoom();
    }

    // What is told by the client's threads.

    private void confirmed(byte id, long publishingId) {
        Writer writer = writer(id);
        if (writer != null) {
            writer.confirmed(publishingId);
        }
    }

    private void refused(byte id, long publishingId, short code) {
        Writer writer = writer(id);
        if (writer != null) {
            writer.refused(publishingId, code);
        }
    }

    private synchronized @Nullable Writer writer(byte id) {
        Place<Writer> place = writers.get(id & 0xFF);
        return place == null ? null : place.user;
    }

    private @Nullable Object chunk(byte id, long offset, long messages) {
        Place<Reader> place;
        synchronized (this) {
            place = readers.get(id & 0xFF);
        }
        if (place == null) {
            return null;
        }
        place.user.chunk(offset, messages);
        return place.user;
    }

    private void streamGone(String stream) {
        RabbitTransportException why =
                new RabbitTransportException(Reason.GONE, "the stream " + stream + " is not there any more", null);
        end(writers, stream, why);
        end(readers, stream, why);
    }

    private void broken() {
        open = false;
        RabbitTransportException why =
                new RabbitTransportException(Reason.UNREACHABLE, "the connection to " + address + " is broken", null);
        end(writers, null, why);
        end(readers, null, why);
    }

    /// @param stream null means all
    private <U extends User> void end(Places<U> places, @Nullable String stream, RabbitTransportException why) {
        List<U> users = new ArrayList<>();
        synchronized (this) {
            for (int id = 0; id < CAPACITY; id++) {
                Place<U> place = places.get(id);
                if (place != null && (stream == null || stream.equals(place.stream))) {
                    boolean _ = places.free(id);
                    users.add(place.user);
                }
            }
        }
        users.forEach(user -> user.ended(why));
    }

    private synchronized boolean free(Places<?> places, int id) {
        return places.free(id);
    }

    // What is asked.

    /// Begins to publish.
    ///
    /// @param reference by which the broker knows the publisher again; empty if it is not to
    /// @return the number to publish with
    int declare(String stream, String reference, Writer writer) {
        int id;
        synchronized (this) {
            requireOpen();
            id = writers.take(new Place<>(stream, writer));
        }
        try {
            requireTaken(answered(() -> client.declarePublisher((byte) id, reference, stream)), stream);
        } catch (RuntimeException refused) {
            boolean _ = free(writers, id);
            throw refused;
        }
        requireOpen();
        return id;
    }

    /// Publishes a message, without waiting for anything.
    void publish(int id, Message message) {
        client.publish((byte) id, List.of(message), any -> 0L);
    }

    /// Publishes entries of many messages each, without waiting for anything.
    void publish(int id, List<MessageBatch> entries, ToLongFunction<Object> publishingIds) {
        client.publishBatches((byte) id, entries, publishingIds);
    }

    void undeclare(int id) {
        if (free(writers, id) && open) {
            Response _ = answered(() -> client.deletePublisher((byte) id));
        }
    }

    /// Begins to read.
    ///
    /// @param credits for so many chunks
    /// @return the number to ask for more with
    int subscribe(String stream, OffsetSpecification from, int credits, Reader reader) {
        int id;
        synchronized (this) {
            requireOpen();
            id = readers.take(new Place<>(stream, reader));
        }
        try {
            require(answered(() -> client.subscribe((byte) id, stream, from, credits)), "reading " + stream);
        } catch (RuntimeException refused) {
            boolean _ = free(readers, id);
            throw refused;
        }
        requireOpen();
        return id;
    }

    void credit(int id, int chunks) {
        client.credit((byte) id, chunks);
    }

    void unsubscribe(int id) {
        if (free(readers, id) && open) {
            Response _ = answered(() -> client.unsubscribe((byte) id));
        }
    }

    private void requireOpen() {
        if (!open) {
            throw new RabbitTransportException(Reason.UNREACHABLE, "the connection to " + address + " is broken", null);
        }
    }

    /// What came of the wish to have a stream.
    enum Making {
        MADE,
        WAS_THERE,
        /// The broker has just been started and cannot do it yet.
        NOT_YET
    }

    /// Makes a stream, unless it is there.
    Making create(String stream, Map<String, String> arguments) {
        Response response = client.create(stream, arguments);
        return switch (response.getResponseCode()) {
            case Constants.RESPONSE_CODE_STREAM_ALREADY_EXISTS -> Making.WAS_THERE;
            case Constants.RESPONSE_CODE_INTERNAL_ERROR -> Making.NOT_YET;
            default -> {
                require(response, "making " + stream);
                yield Making.MADE;
            }
        };
    }

    /// The node that leads a stream; null if none does now.
    ///
    /// @throws RabbitTransportException if the broker does not know the stream
    @Nullable
    Broker leader(String stream) {
        StreamMetadata found =
                Objects.requireNonNull(answered(() -> client.metadata(stream)).get(stream));
        if (found.getResponseCode() == Constants.RESPONSE_CODE_STREAM_NOT_AVAILABLE) {
            return null;
        }
        if (!found.isResponseOk()) {
            throw refusal(found.getResponseCode(), "finding " + stream);
        }
        return found.getLeader();
    }

    /// Asks something to which there is always an answer.
    void look() {
        Map<String, StreamMetadata> _ = answered(() -> client.metadata("none"));
    }

    private void require(Response response, String what) {
        if (!response.isOk()) {
            throw refusal(response.getResponseCode(), what);
        }
    }

    /// In an alarm the broker says the same as if this publisher were declared already.
    private void requireTaken(Response response, String stream) {
        if (response.getResponseCode() == Constants.RESPONSE_CODE_PRECONDITION_FAILED) {
            throw new RabbitTransportException(
                    Reason.BLOCKED,
                    address + " takes nothing for " + stream
                            + " now: its disk is short, or this publisher is declared already",
                    null);
        }
        require(response, "publishing to " + stream);
    }

    /// What the broker has not answered it may still do, and then refuse whoever asks for it again on this link.
    private <T> T answered(Supplier<T> question) {
        try {
            return question.get();
        } catch (RuntimeException silent) {
            abandon();
            throw silent;
        }
    }

    private RabbitTransportException refusal(short code, String what) {
        return new RabbitTransportException(reasonOf(code), address + " refuses " + what + ": " + sentence(code), null);
    }

    private static Reason reasonOf(short code) {
        return switch (code) {
            case Constants.RESPONSE_CODE_STREAM_DOES_NOT_EXIST -> Reason.GONE;
            case Constants.RESPONSE_CODE_STREAM_NOT_AVAILABLE -> Reason.UNREACHABLE;
            case Constants.RESPONSE_CODE_ACCESS_REFUSED, Constants.RESPONSE_CODE_VIRTUAL_HOST_ACCESS_FAILURE ->
                Reason.NOT_PERMITTED;
            case Constants.RESPONSE_CODE_PRECONDITION_FAILED -> Reason.UNSUITABLE;
            default -> Reason.REFUSED;
        };
    }

    static String sentence(short code) {
        return switch (code) {
            case Constants.RESPONSE_CODE_STREAM_DOES_NOT_EXIST -> "there is no such stream";
            case Constants.RESPONSE_CODE_STREAM_NOT_AVAILABLE -> "the stream has no leader now";
            case Constants.RESPONSE_CODE_ACCESS_REFUSED -> "the user may not do it";
            case Constants.RESPONSE_CODE_VIRTUAL_HOST_ACCESS_FAILURE -> "the user may not use the virtual host";
            case Constants.RESPONSE_CODE_PRECONDITION_FAILED ->
                "there is a queue or stream of this name that was made otherwise";
            case Constants.RESPONSE_CODE_INTERNAL_ERROR -> "an error within the broker";
            default -> "code " + code + " of the stream protocol";
        };
    }

    /// Ends it without a word, since nobody may be listening. The threads of the client notice, and tell everybody.
    void abandon() {
        open = false;
        Channel found = channel.get();
        if (found != null) {
            Future<Void> _ = found.close(); // the client's threads notice
        }
    }
}
