package ai.tradesense.cli;

import ai.tradesense.cli.ContractServer.Call;
import ai.tradesense.cli.ContractServer.Reaction;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The server's end of publishing: takes a batch all or none, and refuses those with an event that it does not like.
final class EventSink implements Reaction {
    static final String PATH = "/api/v1/events";

    /// What a refusal says of where the bad events are.
    enum Pointing {
        EVERY,
        FIRST,
        NONE
    }

    private final Predicate<Json> bad;
    private final Pointing pointing;
    private final Set<String> stored = new LinkedHashSet<>();
    private int largestBatch;
    private int largestBody;

    EventSink(Predicate<Json> bad, Pointing pointing) {
        this.bad = bad;
        this.pointing = pointing;
    }

    static EventSink takingAll() {
        return new EventSink(_ -> false, Pointing.EVERY);
    }

    /// Refuses events whose id begins with `bad`.
    static EventSink refusingBad(Pointing pointing) {
        return new EventSink(event -> event.at("id").text().startsWith("bad"), pointing);
    }

    @Override
    public synchronized void to(Call call, HttpExchange exchange) throws IOException {
        List<Json> events = call.json().items();
        largestBatch = Math.max(largestBatch, events.size());
        largestBody = Math.max(largestBody, call.body().length());
        List<Integer> refused = new ArrayList<>();
        for (int index = 0; index < events.size(); index++) {
            if (bad.test(events.get(index))) {
                refused.add(index);
            }
        }
        answer(events, refused).to(call, exchange);
    }

    /// Takes a batch and says nothing.
    synchronized void take(Call call) {
        call.json().items().forEach(event -> stored.add(event.at("id").text()));
    }

    private Reaction answer(List<Json> events, List<Integer> refused) {
        if (!refused.isEmpty()) {
            return Reaction.problem(422, Map.of(), problem(refused));
        }
        return Reaction.json(
                202,
                events.stream()
                        .map(event -> event.at("id").text())
                        .map(id -> "{\"id\":\"" + id + "\",\"duplicate\":" + !stored.add(id) + "}")
                        .collect(Collectors.joining(",", "{\"events\":[", "]}")));
    }

    private String problem(List<Integer> refused) {
        List<Integer> named = switch (pointing) {
            case EVERY -> refused;
            case FIRST -> refused.subList(0, 1);
            case NONE -> List.of();
        };
        return named.stream()
                .map(index -> "{\"pointer\":\"/" + index + "/type\",\"detail\":\"is not known\"}")
                .collect(Collectors.joining(",", "{\"detail\":\"no such type\",\"errors\":[", "]}"));
    }

    /// The ids of the events that were taken, in the order in which they came.
    synchronized List<String> stored() {
        return List.copyOf(stored);
    }

    synchronized int largestBatch() {
        return largestBatch;
    }

    synchronized int largestBody() {
        return largestBody;
    }
}
