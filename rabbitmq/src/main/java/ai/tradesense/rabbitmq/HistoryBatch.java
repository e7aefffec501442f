package ai.tradesense.rabbitmq;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.PublishingSession.Pending;
import com.rabbitmq.client.AMQP.BasicProperties;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Many events of a domain in one message of its history: a batch in the JSON format of CloudEvents. A message for
/// each event would cost the broker more than the event's queue does, since it turns every message of a stream
/// into another form, header by header.
final class HistoryBatch {
    private static final String COUNT = "tradesense_events"; // by this header a batch is known
    private static final int MAX_BYTES = 64 << 10; // less than any broker's `max_message_size`

    private final String domain;
    private final List<Pending> events = new ArrayList<>();
    private int bytes = 1;

    private HistoryBatch(String domain) {
        this.domain = domain;
    }

    /// The batches that these events make, in the order of each domain. One that is too large for a batch is alone.
    static List<HistoryBatch> of(List<Pending> round) {
        List<HistoryBatch> batches = new ArrayList<>();
        Map<String, HistoryBatch> open = new HashMap<>();
        for (Pending each : round) {
            String domain = each.message.domain();
            HistoryBatch batch = open.get(domain);
            if (batch == null || !batch.hasRoomFor(each)) {
                batch = new HistoryBatch(domain);
                open.put(domain, batch);
                batches.add(batch);
            }
            batch.add(each);
        }
        return batches;
    }

    private boolean hasRoomFor(Pending event) {
        return bytes + event.message.json().length < MAX_BYTES;
    }

    private void add(Pending event) {
        events.add(event);
        bytes += event.message.json().length + 1;
    }

    String domain() {
        return domain;
    }

    List<Pending> events() {
        return events;
    }

    /// @param number by which the broker's answers are known
    BasicProperties properties(long number) {
        return new BasicProperties.Builder()
                .contentType(CloudEventJson.BATCH_MEDIA_TYPE)
                .deliveryMode(2)
                .correlationId(Long.toString(number))
                .headers(Map.of(COUNT, events.size()))
                .build();
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

    /// @throws ai.tradesense.events.InvalidEventException if it is none
    static List<DomainEvent> read(byte[] body) {
        List<DomainEvent> events = new ArrayList<>();
        for (CloudEvent event : CloudEventJson.readBatch(body)) {
            events.add(DomainEvent.of(event));
        }
        return events;
    }
}
