package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.rabbitmq.StreamRequest.Item;
import ai.tradesense.transport.RecentEvents;
import com.rabbitmq.stream.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a process publishes to one stream.
///
/// Events are numbered in the order in which they are sent, under the name of this process. The broker stores a
/// number that it has stored already, or one below it, no second time and confirms it. So what was sent and not
/// confirmed when a connection breaks is sent once more on the next one, with the same numbers and before anything
/// else: it is stored once, in its place, whatever became of it the first time and however late that arrives.
///
/// An event that is sent again while its number is not confirmed waits for that number; afterwards it is recognised
/// as long as it is remembered.
///
/// [#add], [#connect] and [#flush] are called by the appender's thread.
final class StreamWriter implements StreamLink.Writer {
    private static final int AT_ONCE = 4_096;
    private static final Logger LOG = LoggerFactory.getLogger(StreamWriter.class);

    private final StreamBroker broker;
    private final String stream;
    private final String reference;
    private final Runnable ended;

    // Guarded by this.
    private final ArrayDeque<Sent> unconfirmed = new ArrayDeque<>();
    private final Map<Identity, Sent> byIdentity = new HashMap<>();
    private final RecentEvents recent;
    private final List<Sent> unsent = new ArrayList<>();
    private long next = 1;
    private long bytes;
    private @Nullable StreamLink link;
    private int number;

    /// An event that is not confirmed.
    private static final class Sent {
        private final long id;
        private final Item item;
        private final List<StreamRequest> waiting = new ArrayList<>(1);
        private long sentAt;

        Sent(long id, Item item) {
            this.id = id;
            this.item = item;
        }
    }

    /// @param reference the name of this process, which nobody else has
    /// @param ended called when the connection is broken or the stream gone; must not block
    StreamWriter(StreamBroker broker, String stream, String reference, int remembered, Runnable ended) {
        this.broker = broker;
        this.stream = stream;
        this.reference = reference;
        this.recent = new RecentEvents(remembered);
        this.ended = ended;
    }

    /// An event was found in the stream.
    synchronized void found(Identity identity) {
        boolean _ = recent.add(identity.source(), identity.id());
    }

    synchronized boolean isConnected() {
        return link != null;
    }

    synchronized boolean hasUnconfirmed() {
        return !unconfirmed.isEmpty();
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized int size() {
        return unconfirmed.size();
    }

    /// Connects, and sends again what is not confirmed. Blocks.
    void connect() {
        StreamLink made = broker.toWrite(stream, Purpose.PUBLISHING);
        int id = broker.asked(() -> made.declare(stream, reference, this));
        List<Sent> again;
        synchronized (this) {
            link = made;
            number = id;
            unsent.clear();
            again = List.copyOf(unconfirmed);
        }
        if (!again.isEmpty()) {
            LOG.info("{} events of {} are sent again, with the same numbers", again.size(), stream);
        }
        if (!made.isOpen()) {
            ended(new RabbitTransportException(
                    RabbitTransportException.Reason.UNREACHABLE, "the connection is broken", null));
        }
        publish(again);
    }

    /// Takes an event of a request.
    void add(StreamRequest request, int index) {
        Item item = request.items().get(index);
        Identity identity = item.identity();
        synchronized (this) {
            Sent under = byIdentity.get(identity);
            if (under != null) {
                request.duplicate(index);
                under.waiting.add(request);
                return;
            }
            if (!recent.contains(identity.source(), identity.id())) {
                Sent sent = new Sent(next++, item);
                sent.waiting.add(request);
                unconfirmed.add(sent);
                byIdentity.put(identity, sent);
                bytes += item.bytes();
                unsent.add(sent);
                return;
            }
        }
        request.duplicate(index);
        request.confirmed();
    }

    /// Sends what was added.
    void flush() {
        List<Sent> now;
        synchronized (this) {
            if (unsent.isEmpty() || link == null) {
                return; // what is unconfirmed is sent when there is a connection
            }
            now = List.copyOf(unsent);
            unsent.clear();
        }
        publish(now);
    }

    private void publish(List<Sent> events) {
        long now = System.nanoTime();
        for (int from = 0; from < events.size(); from += AT_ONCE) {
            List<Sent> part = events.subList(from, Math.min(events.size(), from + AT_ONCE));
            List<Message> messages = new ArrayList<>(part.size());
            synchronized (this) {
                for (Sent sent : part) {
                    sent.sentAt = now;
                    messages.add(sent.item.message());
                }
            }
            StreamLink on;
            int id;
            synchronized (this) {
                on = link;
                id = number;
            }
            if (on == null) {
                return;
            }
            Iterator<Sent> numbers = part.iterator();
            try {
                on.publish(id, messages, message -> numbers.next().id);
            } catch (RuntimeException broken) {
                LOG.debug("the connection broke while events were sent", broken);
                on.abandon();
                return;
            }
        }
    }

    /// Whether something was sent so long ago that nobody seems to be listening.
    synchronized boolean isSilent(long now, long patienceNanos) {
        Sent oldest = unconfirmed.peek();
        return link != null && oldest != null && oldest.sentAt != 0 && now - oldest.sentAt > patienceNanos;
    }

    void abandon() {
        StreamLink silent;
        synchronized (this) {
            silent = link;
        }
        if (silent != null) {
            silent.abandon();
        }
    }

    // What the link's threads call.

    @Override
    public void confirmed(long publishingId) {
        List<StreamRequest> waiting;
        synchronized (this) {
            Sent sent = remove(publishingId);
            if (sent == null) {
                return; // sent twice and confirmed twice
            }
            byIdentity.remove(sent.item.identity());
            boolean _ = recent.add(
                    sent.item.identity().source(), sent.item.identity().id());
            bytes -= sent.item.bytes();
            waiting = sent.waiting;
        }
        for (StreamRequest request : waiting) {
            request.confirmed();
        }
    }

    /// Confirmations come in the order of the numbers, as a rule.
    private @Nullable Sent remove(long publishingId) {
        Sent first = unconfirmed.peek();
        if (first == null || first.id > publishingId) {
            return null;
        }
        if (first.id == publishingId) {
            return unconfirmed.remove();
        }
        for (Iterator<Sent> each = unconfirmed.iterator(); each.hasNext(); ) {
            Sent sent = each.next();
            if (sent.id == publishingId) {
                each.remove();
                return sent;
            }
        }
        return null;
    }

    @Override
    public void refused(long publishingId, short code) {
        LOG.warn("{} refuses an event of {}: {}", broker.address(), stream, StreamLink.sentence(code));
        abandon();
    }

    @Override
    public void ended(RabbitTransportException why) {
        synchronized (this) {
            link = null;
        }
        ended.run();
    }

    /// Nobody sends again what is not confirmed.
    void fail(RuntimeException failure) {
        List<Sent> left;
        synchronized (this) {
            left = List.copyOf(unconfirmed);
        }
        left.forEach(sent -> sent.waiting.forEach(request -> request.fail(failure)));
    }
}
