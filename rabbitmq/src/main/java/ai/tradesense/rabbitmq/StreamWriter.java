package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.rabbitmq.StreamRequest.Item;
import ai.tradesense.transport.RecentEvents;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.compression.Compression;
import com.rabbitmq.stream.impl.MessageBatch;
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
/// Many events are an entry of the stream, which costs the broker hardly more than a single one does. Entries
/// are numbered in the order in which they are sent, under the name of this process. The broker stores a number
/// that it has stored already, or one below it, no second time and confirms it. So what was sent and not
/// confirmed when a connection breaks is sent once more on the next one, entry by entry, with the same numbers
/// and before anything else: it is stored once, in its place, whatever became of it the first time and however
/// late that arrives.
///
/// An event that is sent again while its entry is not confirmed waits for that; afterwards it is recognised as
/// long as it is remembered.
///
/// [#add], [#connect] and [#flush] are called by the appender's thread.
final class StreamWriter implements StreamLink.Writer {
    private static final int MAX_EVENTS = 256; // of an entry
    private static final int MAX_BYTES = 128 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(StreamWriter.class);

    private final StreamBroker broker;
    private final String stream;
    private final String reference;
    private final Runnable ended;

    // Guarded by this.
    private final ArrayDeque<Entry> unconfirmed = new ArrayDeque<>();
    private final Map<Identity, Sent> byIdentity = new HashMap<>();
    private final RecentEvents recent;
    private final List<Entry> unsent = new ArrayList<>(); // to the last of these, events may still be added
    private long next = 1;
    private int events;
    private long bytes;
    private @Nullable StreamLink link;
    private int number;

    /// An event that is not confirmed.
    private static final class Sent {
        private final Item item;
        private final List<StreamRequest> waiting = new ArrayList<>(1);

        Sent(Item item, StreamRequest request) {
            this.item = item;
            waiting.add(request);
        }
    }

    /// Events that are sent together and stored all or none.
    private static final class Entry {
        private final long id;
        private final List<Sent> events = new ArrayList<>();
        private int bytes;
        private long sentAt;

        Entry(long id) {
            this.id = id;
        }

        boolean hasRoomFor(Item item) {
            return events.size() < MAX_EVENTS && bytes + item.bytes() <= MAX_BYTES;
        }

        void add(Sent event) {
            events.add(event);
            bytes += event.item.bytes();
        }

        MessageBatch message() {
            List<Message> messages = new ArrayList<>(events.size());
            events.forEach(each -> messages.add(each.item.message()));
            return new MessageBatch(Compression.NONE, messages);
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
        return events;
    }

    /// Connects, and sends again what is not confirmed. Blocks.
    void connect() {
        StreamLink made = broker.toWrite(stream, Purpose.PUBLISHING);
        int id = broker.asked(() -> made.declare(stream, reference, this));
        List<Entry> again;
        synchronized (this) {
            link = made;
            number = id;
            unsent.clear();
            again = List.copyOf(unconfirmed);
        }
        if (!again.isEmpty()) {
            LOG.info("{} entries of {} are sent again, with the same numbers", again.size(), stream);
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
                under.waiting.removeIf(StreamRequest::isAbandoned);
                under.waiting.add(request);
                return;
            }
            if (!recent.contains(identity.source(), identity.id())) {
                Sent sent = new Sent(item, request);
                byIdentity.put(identity, sent);
                entryFor(item).add(sent);
                events++;
                bytes += item.bytes();
                return;
            }
        }
        request.duplicate(index);
        request.confirmed();
    }

    private Entry entryFor(Item item) {
        Entry last = unsent.isEmpty() ? null : unsent.getLast();
        if (last == null || !last.hasRoomFor(item)) {
            last = new Entry(next++);
            unconfirmed.add(last);
            unsent.add(last);
        }
        return last;
    }

    /// Sends what was added.
    ///
    /// @return whether there was anything
    boolean flush() {
        List<Entry> now;
        synchronized (this) {
            if (unsent.isEmpty() || link == null) {
                return false; // what is unconfirmed is sent when there is a connection
            }
            now = List.copyOf(unsent);
            unsent.clear();
        }
        publish(now);
        return true;
    }

    private void publish(List<Entry> entries) {
        long now = System.nanoTime();
        StreamLink on;
        int id;
        synchronized (this) {
            entries.forEach(entry -> entry.sentAt = now);
            on = link;
            id = number;
        }
        if (on == null || entries.isEmpty()) {
            return;
        }
        Iterator<Entry> numbers = entries.iterator();
        try {
            on.publish(id, entries.stream().map(Entry::message).toList(), entry -> numbers.next().id);
        } catch (RuntimeException broken) {
            LOG.debug("the connection broke while events were sent", broken);
            on.abandon();
        }
    }

    /// Whether something was sent so long ago that nobody seems to be listening.
    synchronized boolean isSilent(long now, long patienceNanos) {
        Entry oldest = unconfirmed.peek();
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
        Entry entry;
        synchronized (this) {
            entry = remove(publishingId);
            if (entry == null) {
                return; // sent twice and confirmed twice
            }
            for (Sent sent : entry.events) {
                Identity identity = sent.item.identity();
                byIdentity.remove(identity);
                boolean _ = recent.add(identity.source(), identity.id());
            }
            events -= entry.events.size();
            bytes -= entry.bytes;
        }
        for (Sent sent : entry.events) {
            sent.waiting.forEach(StreamRequest::confirmed);
        }
    }

    /// Confirmations come in the order of the numbers, as a rule.
    private @Nullable Entry remove(long publishingId) {
        Entry first = unconfirmed.peek();
        if (first == null || first.id > publishingId) {
            return null;
        }
        if (first.id == publishingId) {
            return unconfirmed.remove();
        }
        for (Iterator<Entry> each = unconfirmed.iterator(); each.hasNext(); ) {
            Entry entry = each.next();
            if (entry.id == publishingId) {
                each.remove();
                return entry;
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
        List<Sent> left = new ArrayList<>();
        synchronized (this) {
            unconfirmed.forEach(entry -> left.addAll(entry.events));
        }
        left.forEach(sent -> sent.waiting.forEach(request -> request.fail(failure)));
    }
}
