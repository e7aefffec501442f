package ai.tradesense.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.redis.RedisTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.testkit.services.RedisServer.Fsync;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.TransportException;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// A Redis that is not as it should be, at the start or later.
class RedisTroubleTest {
    private static RedisSettings settings(String url) {
        return RedisSettings.of(url).withLease(Duration.ofSeconds(2)).withTimeout(Duration.ofSeconds(2));
    }

    private static void administer(RedisServer redis, Consumer<RedisCommands<String, String>> work) {
        try (RedisClient client = RedisClient.create(redis.url());
                StatefulRedisConnection<String, String> connection = client.connect()) {
            work.accept(connection.sync());
        }
    }

    private static void assertRefused(String url, Reason reason, String... words) {
        assertThatThrownBy(() -> RedisTransport.open(settings(url)).close())
                .isInstanceOfSatisfying(RedisTransportException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(reason);
                    assertThat(failure).hasMessageContainingAll(words);
                });
    }

    @Test
    void a_redis_that_forgets_is_refused() {
        try (RedisServer redis = RedisServer.with("--appendonly", "no")) {
            assertRefused(redis.url(), Reason.UNSUITABLE, "append-only file", "appendonly yes");
        }
        try (RedisServer redis = RedisServer.with("--maxmemory-policy", "allkeys-lru")) {
            assertRefused(redis.url(), Reason.UNSUITABLE, "allkeys-lru", "expected noeviction");
        }
    }

    @Test
    void a_redis_that_is_too_old_is_refused() {
        assertThatThrownBy(() -> Server.require("here", "redis_version:6.2.14\r\naof_enabled:1\r\n", null))
                .hasMessageContaining("here is version 6.2.14, expected 7 or newer");
    }

    @Test
    void nobody_at_the_address_is_said_with_the_address() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertRefused(RedisServer.urlAt(port), Reason.UNREACHABLE, "127.0.0.1:" + port, "refused");
    }

    @Test
    void another_number_of_partitions_is_refused() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC)) {
            RedisTransport.open(settings(redis.url()).withPartitions(4)).close();
            assertRefused(redis.url(), Reason.UNSUITABLE, "in 4 partitions", "expected 8");
        }
    }

    @Test
    void health_says_what_durability_there_is() {
        try (RedisServer redis = RedisServer.start(Fsync.ALWAYS);
                RedisTransport transport = RedisTransport.open(settings(redis.url()))) {
            assertThat(transport.health().detail()).contains("version 7", "survives a power failure");
        }
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                RedisTransport transport = RedisTransport.open(settings(redis.url()))) {
            assertThat(transport.health().detail()).contains("may take the last second or two");
        }
    }

    @Test
    void a_full_redis_refuses_what_is_sent_keeps_leases_and_takes_events_again_when_there_is_room() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                RedisTransport transport = RedisTransport.open(settings(redis.url()));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 10));
            reader.untilHas("before9");
            administer(redis, admin -> admin.configSet("maxmemory", "1"));

            assertThatThrownBy(() -> transport.send(List.of(Reader.event("refused", "account"))))
                    .isInstanceOfSatisfying(
                            RedisTransportException.class,
                            failure -> assertThat(failure.reason()).isEqualTo(Reason.FULL))
                    .hasMessageContaining("maxmemory");
            assertThat(transport.health().available()).isFalse();
            reader.untilDone(); // workers must be able to catch up, of all times

            administer(redis, admin -> admin.configSet("maxmemory", "0"));
            transport.send(List.of(Reader.event("after", "account")));
            reader.untilHas("after");
            assertThat(transport.health().available()).isTrue();
            assertThat(reader.ids()).hasSize(11).doesNotContain("refused");
        }
    }

    @Test
    void a_member_that_leaves_while_it_is_shown_to_live_is_not_taken_for_a_living_one() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                RedisTransport transport = RedisTransport.open(settings(redis.url()))) {
            RedisSubscription left = (RedisSubscription) transport.subscribe(
                    new GroupMembership("readers", Set.of("Trading"), StartFrom.BEGINNING, 10), () -> {});
            left.close();

            assertThat(left.tend()).isFalse(); // as if it had begun before

            administer(redis, admin -> assertThat(admin.keys("*:members")).isEmpty());
        }
    }

    @Test
    void after_a_flush_events_flow_again_and_what_was_lost_is_told() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                RedisTransport transport = RedisTransport.open(settings(redis.url()));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 3));
            reader.untilHas("before2"); // and not settled
            administer(redis, RedisCommands::flushall);
            sendUntilStored(transport, Reader.event("after", "account"));

            reader.untilHas("after")
                    .until("a word on the loss", () -> !reader.undecodable().isEmpty());
            assertThat(reader.undecodable().getFirst().undecodable().problem())
                    .hasMessageContaining("emptied")
                    .hasMessageMatching(".*as many as [34] were not processed by group readers"); // 4 with the new one
            assertFlows(transport, reader);

            transport.send(Reader.events("more", 3));
            reader.untilHas("more2");
            int told = reader.undecodable().size();
            administer(redis, RedisCommands::flushall);
            sendUntilStored(transport, Reader.event("again", "account"));
            reader.untilHas("again")
                    .until("another word", () -> reader.undecodable().size() > told);
            assertThat(reader.undecodable())
                    .extracting(delivery -> delivery.receipt().toString())
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void what_was_lost_is_also_told_if_another_member_was_the_first_to_begin_anew() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC)) {
            RedisSettings rare = settings(redis.url()).withLease(Duration.ofMinutes(1)); // it looks every 12 seconds
            try (RedisTransport transport = RedisTransport.open(rare);
                    Reader reader = new Reader(transport, "readers")) {
                transport.send(Reader.events("before", 3));
                reader.untilHas("before2"); // and not settled
                administer(redis, RedisCommands::flushall);

                try (RedisTransport others = RedisTransport.open(settings(redis.url()));
                        Reader other = new Reader(others, "readers")) {
                    other.untilAssigned(RedisSettings.DEFAULT_PARTITIONS);
                    transport.keeper().tendNow();
                    await().until(() -> transport.health().detail().contains("Lost since the start:"));
                }
                reader.until("a word on the loss", () -> !reader.undecodable().isEmpty());
                assertThat(reader.undecodable().getFirst().undecodable().problem())
                        .hasMessageMatching(".*as many as 3 were not processed by group readers");
            }
        }
    }

    @Test
    void reading_goes_on_by_itself_when_it_is_clear_that_nothing_is_lost() throws InterruptedException {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                FaultyProxy proxy = new FaultyProxy(redis.port());
                RedisTransport transport = RedisTransport.open(settings(RedisServer.urlAt(proxy.port())));
                Follower follower = new Follower(transport, "readers")) {
            transport.send(Reader.events("before", 2));
            follower.untilHas("before1");
            follower.settleAll();
            String stream = "tradesense:{" + transport.partitionOf("Trading", "account") + "}";
            administer(redis, admin -> {
                List<StreamMessage<String, String>> entries = admin.xrange(stream, Range.unbounded());
                admin.xdel(stream, entries.getLast().getId());
            });
            proxy.reset();
            sendUntilStored(transport, Reader.event("after", "account"));

            follower.untilHas("after");
        }
    }

    @Test
    void a_redis_that_comes_back_empty_is_used_again_and_what_was_lost_is_told() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                RedisTransport transport = RedisTransport.open(settings(redis.url()));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 3));
            reader.untilHas("before2");
            redis.kill();
            redis.clear();
            redis.start();
            sendUntilStored(transport, Reader.event("after", "account"));

            reader.untilHas("after")
                    .until("a word on the loss", () -> !reader.undecodable().isEmpty());
            assertThat(reader.undecodable())
                    .as("what the member and, for everybody, the publisher noticed")
                    .extracting(delivery -> delivery.undecodable().problem().getMessage())
                    .anyMatch(said -> said.contains("emptied") && said.contains("were not processed by group readers"))
                    .anyMatch(said -> said.contains("behind 0-0 up to"));
            assertThat(transport.health().detail()).contains("Lost since the start:", "up to");
            assertFlows(transport, reader);
        }
    }

    private static void assertFlows(RedisTransport transport, Reader reader) {
        transport.send(Reader.events("later", 5));
        reader.untilHas("later4").untilDone();
    }

    private static void sendUntilStored(RedisTransport transport, DomainEvent event) {
        await().ignoreExceptionsInstanceOf(TransportException.class)
                .until(() -> transport.send(List.of(event)), List.of(new Published(event.id(), false))::equals);
    }

    @Test
    void scripts_that_redis_was_made_to_forget_are_brought_again() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                RedisTransport transport = RedisTransport.open(settings(redis.url()));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("before", "account")));
            reader.untilHas("before");
            administer(redis, RedisCommands::scriptFlush);

            transport.send(List.of(Reader.event("after", "account")));

            reader.untilHas("after").untilDone();
        }
    }
}
