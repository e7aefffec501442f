package ai.tradesense.bench;

import ai.tradesense.testkit.services.KafkaBroker;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/// One broker for all rounds of all contenders, each with topics of its own. A broker runs for weeks, and in its
/// first minute at a fraction of its speed, until its code is compiled: with one of its own, each round would
/// measure that. Starts when it is first asked for, and ends with the JVM.
final class WarmKafka {
    private @Nullable KafkaBroker broker;
    private int rounds;

    synchronized String servers() {
        KafkaBroker running = broker;
        if (running == null) {
            running = KafkaBroker.toBeMeasured();
            broker = running;
        }
        return running.servers();
    }

    /// A name that no round had before.
    synchronized String nextName() {
        return "round-" + ++rounds;
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", servers()));
    }

    /// So that what was measured takes no more room.
    void delete(String topic) throws ExecutionException, InterruptedException {
        try (Admin admin = admin()) {
            admin.deleteTopics(List.of(topic)).all().get();
        }
    }
}
