package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.testkit.contract.Traffic;
import ai.tradesense.testkit.services.RabbitCluster;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Three nodes, of which the one that leads is killed while two instances publish and process.
@Tag("cluster")
@Timeout(180)
class RabbitClusterTest {
    private static final Duration LEASE = Duration.ofSeconds(6);
    private static final int SOME = 400;

    @AutoClose
    private final RabbitCluster cluster = RabbitCluster.started(3);

    @Test
    void when_the_node_that_leads_queues_is_killed_events_flow_on_and_none_is_lost_or_out_of_order() throws Exception {
        RabbitSettings settings =
                RabbitSettings.of(cluster.url()).withPartitions(4).withLease(LEASE);

        requireFlowThroughAKill(() -> RabbitTransport.open(settings), "tradesense.Trading-0.readers");
    }

    @Test
    void when_the_node_that_leads_streams_is_killed_events_flow_on_and_none_is_lost_or_out_of_order() throws Exception {
        RabbitStreamSettings settings = RabbitStreamSettings.of(cluster.streamUrl())
                .withPrefix("streams")
                .withPartitions(4)
                .withLease(LEASE);

        requireFlowThroughAKill(() -> RabbitStreamTransport.open(settings), "streams.Trading-0");
    }

    private void requireFlowThroughAKill(Supplier<Transport> opened, String queue) throws Exception {
        try (Transport one = opened.get();
                Transport other = opened.get();
                Traffic traffic = new Traffic(Duration.ofSeconds(60))) {
            traffic.consume(one);
            traffic.consume(other);
            traffic.publish(one);
            traffic.publish(other);
            traffic.flows(SOME);

            RabbitServer leader = cluster.leaderOf(queue);
            leader.kill();
            traffic.flows(SOME);
            assertThat(cluster.leaderOf(queue)).as("another leads").isNotSameAs(leader);
            traffic.endAndCheck();
        }
    }
}
