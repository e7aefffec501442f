package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private final KafkaSettings settings = KafkaSettings.of(KafkaBroker.sharedServers())
            .withPrefix("membership-" + UUID.randomUUID())
            .withPartitions(1);
    private final TopicPartition partition = new TopicPartition(settings.prefix() + ".Trading", 0);

    /// Its group shares its work anew while the first commit is on its way.
    private static final class Disturbed extends MockConsumer<byte[], byte[]> {
        private boolean disturbed;

        private Disturbed() {
            super("none");
        }

        @Override
        public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
            if (!disturbed) {
                disturbed = true;
                throw new RebalanceInProgressException();
            }
            super.commitSync(offsets, timeout);
        }
    }

    @Test
    void a_member_whose_first_commit_meets_a_rebalance_goes_on() {
        try (KafkaTransport transport = KafkaTransport.open(settings);
                Disturbed consumer = new Disturbed()) {
            KafkaSubscription subscription =
                    new KafkaSubscription(transport, Reader.membership("readers"), () -> {}, Map.of(), null);
            consumer.updateBeginningOffsets(Map.of(partition, 0L));
            consumer.updateEndOffsets(Map.of(partition, 0L));
            Places places = new Places(Map.of(), transport.partitioning());
            Membership membership =
                    new Membership(transport, subscription, places, consumer, null, () -> false, () -> {});
            membership.step();
            consumer.rebalance(List.of(partition));

            membership.step();
            assertThat(subscription.poll(1).assigned()).isEmpty();
            membership.step();

            assertThat(subscription.poll(1).assigned()).hasSize(1);
        }
    }
}
