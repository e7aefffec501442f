package ai.tradesense.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Undecodable;
import io.lettuce.core.Consumer;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What stands in the streams: others read and write there, too.
class StreamsTest {
    private final RedisSettings settings = RedisSettings.of(RedisServer.sharedUrl())
            .withPrefix("streams-" + UUID.randomUUID())
            .withLease(Duration.ofMillis(500))
            .withRemembered(100)
            .withRetained(200);
    private RedisTransport transport;
    private RedisClient client;
    private StatefulRedisConnection<String, String> connection;
    private RedisCommands<String, String> redis;

    @BeforeEach
    void open() {
        transport = RedisTransport.open(settings);
        client = RedisClient.create(settings.url());
        connection = client.connect();
        redis = connection.sync();
    }

    @AfterEach
    void close() {
        connection.close();
        client.close();
        transport.close();
    }

    private String stream(String subject) {
        Partition partition = transport.partitionOf("Trading", subject);
        return settings.prefix() + ":{" + partition + "}";
    }

    @Test
    void an_entry_is_a_structured_cloud_event_that_anyone_can_read() {
        transport.send(List.of(Reader.event("one", "account")));

        List<StreamMessage<String, String>> entries = redis.xrange(stream("account"), Range.unbounded());

        assertThat(entries).singleElement().satisfies(entry -> {
            assertThat(entry.getBody()).containsOnlyKeys("event");
            byte[] json = entry.getBody().get("event").getBytes(StandardCharsets.UTF_8);
            assertThat(CloudEventJson.read(json).id()).isEqualTo("one");
        });
    }

    @Test
    void entries_that_are_not_ours_come_raw_and_in_their_place() {
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilAssigned(RedisSettings.DEFAULT_PARTITIONS);
            redis.xadd(stream("account"), Map.of("colour", "blau"));
            redis.xadd(stream("account"), Map.of("event", "{no json"));
            transport.send(List.of(Reader.event("one", "account")));
            reader.untilHas("one");

            List<Delivery> foreign = reader.undecodable();
            assertThat(foreign).hasSize(2);
            assertThat(raw(foreign.getFirst())).isEqualTo("*2\r\n$6\r\ncolour\r\n$4\r\nblau\r\n");
            assertThat(raw(foreign.getLast())).isEqualTo("{no json");
            reader.untilDone();
        }
    }

    @Test
    void what_one_script_touches_lies_on_one_node_of_a_cluster_and_partitions_spread_over_the_nodes() {
        transport.send(List.of(Reader.event("one", "account")));
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilHas("one");
            Map<String, Set<Integer>> slotsByPartition = new HashMap<>();
            for (String key : redis.keys(settings.prefix() + ":{Trading-*")) {
                String partition = key.substring(0, key.indexOf('}') + 1);
                slotsByPartition
                        .computeIfAbsent(partition, each -> new HashSet<>())
                        .add(SlotHash.getSlot(key));
            }
            assertThat(slotsByPartition).hasSize(RedisSettings.DEFAULT_PARTITIONS);
            assertThat(slotsByPartition.values())
                    .allSatisfy(slots -> assertThat(slots).hasSize(1));
            assertThat(Set.copyOf(slotsByPartition.values())).hasSize(RedisSettings.DEFAULT_PARTITIONS);
        }
    }

    private static String raw(Delivery delivery) {
        Undecodable undecodable = delivery.undecodable();
        assertThat(undecodable).isNotNull();
        return new String(undecodable.raw(), StandardCharsets.UTF_8);
    }

    @Test
    void an_event_in_the_stream_of_another_partition_is_not_taken_for_one_of_it() {
        String other = "account";
        for (int number = 0; stream(other).equals(stream("account")); number++) {
            other = "account" + number;
        }
        byte[] json = CloudEventJson.write(Reader.event("astray", other).envelope());
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilAssigned(RedisSettings.DEFAULT_PARTITIONS);
            redis.xadd(stream("account"), Map.of("event", new String(json, StandardCharsets.UTF_8)));

            reader.until("what is astray", () -> !reader.undecodable().isEmpty());

            assertThat(reader.undecodable().getFirst().undecodable().problem())
                    .hasMessageContaining("an event of " + transport.partitionOf("Trading", other));
        }
    }

    @Test
    void entries_that_are_deleted_before_they_were_read_are_reported_as_lost() {
        transport.send(Reader.events("event", 10));
        new Reader(transport, "readers").untilHas("event9").close(); // joined, and settled nothing
        List<StreamMessage<String, String>> entries = redis.xrange(stream("account"), Range.unbounded());
        redis.xdel(
                stream("account"),
                entries.get(2).getId(),
                entries.get(3).getId(),
                entries.get(9).getId());

        try (Reader reader = new Reader(transport, "readers")) {
            reader.until("a word on the loss", () -> !reader.undecodable().isEmpty());
            assertThat(reader.ids()).hasSize(7);
            assertThat(raw(reader.undecodable().getFirst())).startsWith("3 entries of " + stream("account"));
            reader.untilDone();
        }
        try (Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("next", "account")));
            reader.untilHas("next");
            assertThat(reader.ids()).containsExactly("next");
            assertThat(reader.undecodable()).as("told once").isEmpty();
        }
    }

    @Test
    void what_every_group_is_done_with_is_trimmed_and_nothing_else() {
        try (Reader quick = new Reader(transport, "quick");
                Reader slow = new Reader(transport, "slow")) {
            quick.untilAssigned(RedisSettings.DEFAULT_PARTITIONS);
            slow.untilAssigned(RedisSettings.DEFAULT_PARTITIONS);
            transport.send(Reader.events("first", 1_000));
            quick.untilHas("first999").untilDone();
            slow.untilHas("first999");
            awaitTendings();
            assertThat(redis.xlen(stream("account"))).isEqualTo(1_000);

            slow.until("trimming", () -> {
                quick.settleAll(); // what came again because a lease could not be kept for a while
                slow.settleAll();
                return redis.xlen(stream("account")) <= 400;
            });
            assertThat(redis.xlen(stream("account"))).isGreaterThanOrEqualTo(200L);
            slow.untilDone();
        }
    }

    /// Leases are tended several times in half a second.
    private static void awaitTendings() {
        long from = System.nanoTime();
        await().until(() -> System.nanoTime() - from > Duration.ofSeconds(1).toNanos());
    }

    @Test
    @SuppressWarnings("unchecked") // the client takes streams as an array of a generic type
    void what_another_consumer_has_read_and_not_acknowledged_is_not_trimmed() {
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilAssigned(RedisSettings.DEFAULT_PARTITIONS);
            redis.xgroupCreate(
                    StreamOffset.from(stream("account"), "0"), "foreign", XGroupCreateArgs.Builder.mkstream());
            transport.send(Reader.events("first", 1_000));
            reader.untilHas("first999").settleAll();
            redis.xreadgroup(Consumer.from("foreign", "someone"), StreamOffset.lastConsumed(stream("account")));
            awaitTendings();

            assertThat(redis.xlen(stream("account"))).isEqualTo(1_000);
        }
    }

    @Test
    void an_event_is_recognised_within_the_window_and_memory_stays_bounded() {
        transport.send(List.of(Reader.event("known", "account")));
        transport.send(Reader.events("others", 99));
        assertThat(transport.send(List.of(Reader.event("known", "account"))))
                .containsExactly(new Published("known", true));

        transport.send(Reader.events("more", 400));
        long remembered = redis.scard(stream("account") + ":seen") + redis.scard(stream("account") + ":seen-before");
        assertThat(remembered).isBetween(100L, 200L + 400L);
        assertThat(transport.send(List.of(Reader.event("known", "account"))))
                .containsExactly(new Published("known", false));
    }

    @Test
    void a_stream_that_somebody_limited_to_less_than_was_read_is_reported() {
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilAssigned(RedisSettings.DEFAULT_PARTITIONS);
        }
        transport.send(Reader.events("event", 50));
        redis.xadd(stream("account"), XAddArgs.Builder.maxlen(10), Map.of("event", "{}"));

        try (Reader reader = new Reader(transport, "readers")) {
            reader.until("a word on the loss", () -> reader.undecodable().size() == 2);
            assertThat(reader.ids()).hasSize(9);
            assertThat(raw(reader.undecodable().getLast())).startsWith("41 entries of");
        }
    }

    @Test
    void standard_tools_see_the_position_of_a_group() {
        try (Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("event", 10));
            reader.untilHas("event9").settleAll();
            await().untilAsserted(() ->
                    assertThat(redis.xinfoGroups(stream("account")).toString()).contains("readers", "lag, 0"));
        }
    }

    @Test
    void what_a_former_owner_was_done_with_is_passed_over_without_a_pause() throws InterruptedException {
        transport.send(Reader.events("event", 10));
        try (Reader former = new Reader(transport, "readers")) {
            former.untilHas("event9").settleAllBut("event0", "event9");
        }

        try (Follower next = new Follower(transport, "readers")) {
            next.untilHas("event9");

            assertThat(next.ids()).containsExactly("event0", "event9");
        }
    }

    @Test
    void a_group_that_redis_refuses_something_holds_up_no_other() {
        try (Reader refused = new Reader(transport, "refused")) {
            redis.set(settings.prefix() + ":{group refused}:members", "no hash");

            try (Reader reader = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("one", "account")));
                reader.untilHas("one").untilDone();
            }
            await().until(() -> transport.health().detail().contains("WRONGTYPE"));
            assertThat(refused.ids()).isEmpty();
        }
    }
}
