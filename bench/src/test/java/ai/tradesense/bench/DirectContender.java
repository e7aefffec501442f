package ai.tradesense.bench;

import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;

/// Hands each event to the handler in the publisher's thread, as often as it is told to.
final class DirectContender implements Contender {
    private final String name;
    private final List<String> log;
    private final IntUnaryOperator times;

    /// @param log where the contender writes its name whenever a round begins
    /// @param times how often the event of an index is handled
    DirectContender(String name, List<String> log, IntUnaryOperator times) {
        this.name = name;
        this.log = log;
        this.times = times;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>();
    }

    @Override
    public Session open(Load load, Observations observations) {
        log.add(name);
        return new Session() {
            @Override
            public void publish(int from, int to) {
                for (int index = from; index < to; index++) {
                    for (int left = times.applyAsInt(index); left > 0; left--) {
                        observations.handled(load.order(index, Instant.EPOCH));
                    }
                }
            }

            @Override
            public void close() {}
        };
    }
}
