package ai.tradesense.rabbitmq;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.rabbitmq.Outgoing.Message;
import ai.tradesense.rabbitmq.PublishingSession.Pending;
import ai.tradesense.transport.Partition;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.LongString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Events that are one message: of a partition, for its queues, or of a domain, for its history. What costs the
/// broker is the message and hardly what is in it.
///
/// Several are a batch in the JSON format of CloudEvents. A message to queues has the routing keys of all of its
/// events, so that whoever bound a queue for one of these types gets it.
final class EventBatch {
    private static final String COUNT = "tradesense_events"; // by this header a batch is known
    private static final String LENGTHS = "tradesense_lengths"; // of the events, in bytes, four bytes each
    private static final String FURTHER_ROUTING_KEYS = "CC";
    private static final int MAX_BYTES = 64 << 10; // less than any broker's `max_message_size`
    private static final int PERSISTENT = 2;

    private final Message first;
    private final List<Pending> events = new ArrayList<>();
    private int bytes = 1;

    private EventBatch(Pending first) {
        this.first = first.message;
        add(first);
    }

    /// The messages for the histories that events make which are in the order of their queues.
    static List<EventBatch> forHistories(List<Pending> round) {
        return of(round, Message::domain, Integer.MAX_VALUE);
    }

    /// The messages for queues that events make which are in the order of their queues.
    static List<EventBatch> forQueues(List<Pending> round, int most) {
        return of(round, Message::partition, most);
    }

    /// An event that is too large for a batch is alone.
    private static List<EventBatch> of(List<Pending> round, Function<Message, Object> place, int most) {
        List<EventBatch> batches = new ArrayList<>();
        EventBatch open = null;
        for (Pending each : round) {
            if (open != null
                    && open.events.size() < most
                    && open.hasRoomFor(each.message)
                    && place.apply(open.first).equals(place.apply(each.message))) {
                open.add(each);
            } else {
                open = new EventBatch(each);
                batches.add(open);
            }
        }
        return batches;
    }

    private boolean hasRoomFor(Message event) {
        return bytes + event.json().length < MAX_BYTES;
    }

    private void add(Pending event) {
        events.add(event);
        bytes += event.message.json().length + 1;
    }

    String domain() {
        return first.domain();
    }

    Partition partition() {
        return first.partition();
    }

    /// That of its first event.
    String routingKey() {
        return first.routingKey();
    }

    List<Pending> events() {
        return events;
    }

    /// A batch, even of one event.
    ///
    /// @param number by which the broker's answers are known
    BasicProperties historyProperties(long number) {
        return batchProperties(headers()).correlationId(Long.toString(number)).build();
    }

    BasicProperties queueProperties() {
        if (events.size() == 1) {
            return EventBinding.properties(first.envelope());
        }
        Map<String, Object> headers = headers();
        List<String> further = furtherRoutingKeys();
        if (!further.isEmpty()) {
            headers.put(FURTHER_ROUTING_KEYS, further);
        }
        return batchProperties(headers).build();
    }

    /// An event alone is in binary mode.
    byte[] queueBody() {
        return events.size() == 1 ? EventBinding.messageBody(first.envelope()) : body();
    }

    private static BasicProperties.Builder batchProperties(Map<String, Object> headers) {
        return new BasicProperties.Builder()
                .appId(EventBinding.APP_ID)
                .contentType(CloudEventJson.BATCH_MEDIA_TYPE)
                .deliveryMode(PERSISTENT)
                .headers(headers);
    }

    private Map<String, Object> headers() {
        ByteBuffer lengths = ByteBuffer.allocate(events.size() * Integer.BYTES);
        events.forEach(each -> lengths.putInt(each.message.json().length));
        Map<String, Object> headers = new HashMap<>();
        headers.put(COUNT, events.size());
        headers.put(LENGTHS, lengths.array());
        return headers;
    }

    private List<String> furtherRoutingKeys() {
        return events.stream()
                .map(each -> each.message.routingKey())
                .distinct()
                .filter(key -> !key.equals(routingKey()))
                .toList();
    }

    byte[] body() {
        byte[] body = new byte[bytes];
        int end = 0;
        for (Pending each : events) {
            byte[] json = each.message.json();
            body[end] = (byte) (end == 0 ? '[' : ',');
            System.arraycopy(json, 0, body, end + 1, json.length);
            end += json.length + 1;
        }
        body[end] = ']';
        return body;
    }

    static boolean isBatch(BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        return headers != null && headers.containsKey(COUNT);
    }

    /// Reads a batch. One that is ours says how long its events are, and is read without the checks that input
    /// from outside needs.
    ///
    /// @throws InvalidEventException if it is none, or has no events
    static List<DomainEvent> read(BasicProperties properties, byte[] body) {
        int[] lengths = EventBinding.APP_ID.equals(properties.getAppId()) ? lengths(properties, body) : null;
        List<DomainEvent> events = lengths == null ? fromOutside(body) : ours(body, lengths);
        if (events.isEmpty()) {
            throw new InvalidEventException("", "is a batch without events");
        }
        return events;
    }

    private static List<DomainEvent> fromOutside(byte[] body) {
        List<DomainEvent> events = new ArrayList<>();
        for (CloudEvent event : CloudEventJson.readBatch(body)) {
            events.add(DomainEvent.of(event));
        }
        return events;
    }

    private static List<DomainEvent> ours(byte[] body, int[] lengths) {
        List<DomainEvent> events = new ArrayList<>(lengths.length);
        int at = 1;
        for (int length : lengths) {
            byte[] json = Arrays.copyOfRange(body, at, at + length);
            events.add(DomainEvent.of(CloudEventJson.readTrusted(json)));
            at += length + 1;
        }
        return events;
    }

    /// How long its events are; null if it does not say, or the body is of another length.
    private static int @Nullable [] lengths(BasicProperties properties, byte[] body) {
        Object header = properties.getHeaders().get(LENGTHS);
        byte[] bytes = header instanceof LongString text ? text.getBytes() : header instanceof byte[] raw ? raw : null;
        if (bytes == null || bytes.length % Integer.BYTES != 0) {
            return null;
        }
        int[] lengths = new int[bytes.length / Integer.BYTES];
        ByteBuffer.wrap(bytes).asIntBuffer().get(lengths);
        long expected = 1;
        for (int length : lengths) {
            if (length < 0) {
                return null;
            }
            expected += length + 1L;
        }
        return expected == body.length ? lengths : null;
    }
}
