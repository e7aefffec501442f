package ai.tradesense.testkit.services;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/// A Kafka of several brokers, each in a JVM of its own, for what happens to copies of events when one of them
/// is gone. Every broker is a controller, too: more than half of them must live for leaders to move. For use by
/// one thread.
public final class KafkaCluster implements AutoCloseable {
    private final List<KafkaBroker> brokers;

    private KafkaCluster(List<KafkaBroker> brokers) {
        this.brokers = brokers;
    }

    /// Starts one.
    ///
    /// @param options further properties of `server.properties`, of every broker
    public static KafkaCluster started(int brokers, Map<String, String> options) {
        KafkaCluster cluster = new KafkaCluster(KafkaBroker.preparedAsCluster(brokers, options));
        try {
            cluster.start(cluster.brokers);
        } catch (RuntimeException failure) {
            cluster.close();
            throw failure;
        }
        return cluster;
    }

    /// Starts brokers of it at the same time: one of them alone may have to wait for the others.
    public void start(List<KafkaBroker> some) {
        try (ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> starting = new ArrayList<>();
            some.forEach(broker -> starting.add(starters.submit(broker::start)));
            for (Future<?> each : starting) {
                each.get();
            }
        } catch (ExecutionException failure) {
            throw new ServiceException("a broker of the cluster did not start", failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted while the cluster was started", interrupted);
        }
    }

    /// All addresses, for clients.
    public String servers() {
        return brokers.stream().map(KafkaBroker::servers).collect(Collectors.joining(","));
    }

    /// The broker with an id, as clients see it: from 1 on.
    public KafkaBroker broker(int id) {
        return brokers.get(id - 1);
    }

    /// All but one.
    public List<KafkaBroker> others(KafkaBroker one) {
        return brokers.stream().filter(broker -> broker != one).toList();
    }

    @Override
    public void close() {
        brokers.forEach(KafkaBroker::close);
    }
}
