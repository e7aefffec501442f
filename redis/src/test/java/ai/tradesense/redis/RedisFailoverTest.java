package ai.tradesense.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.redis.RedisTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.TransportException;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A replica takes over, at an address that moves to it. Between it and the primary stands a proxy that can hold up
/// what is replicated.
class RedisFailoverTest {
    private final RedisServer primary = RedisServer.with("--appendfsync", "always", "--repl-diskless-sync-delay", "0");
    private final FaultyProxy replication = new FaultyProxy(primary.port());
    private final RedisServer replica = RedisServer.with(
            "--replicaof", "127.0.0.1", Integer.toString(replication.port()), "--repl-diskless-load", "disabled");
    private final FaultyProxy address = new FaultyProxy(primary.port());

    private RedisSettings settings() {
        return RedisSettings.of(RedisServer.urlAt(address.port()))
                .withLease(Duration.ofSeconds(2))
                .withTimeout(Duration.ofSeconds(2));
    }

    @BeforeEach
    void begin() {
        await("the replica").until(() -> ask(primary, RedisFailoverTest::isReplicated));
    }

    /// The replica believes so up to a second before the primary does.
    private static boolean isReplicated(RedisCommands<String, String> redis) {
        redis.set("begin", "");
        redis.del("begin");
        return redis.waitForReplication(1, 1_000) == 1;
    }

    @AfterEach
    void end() {
        address.close();
        replica.close();
        replication.close();
        primary.close();
    }

    private static <T> T ask(RedisServer server, Function<RedisCommands<String, String>, T> question) {
        try (RedisClient client = RedisClient.create(server.url());
                StatefulRedisConnection<String, String> connection = client.connect()) {
            return question.apply(connection.sync());
        }
    }

    private static String streamOf(RedisTransport transport) {
        return "tradesense:{" + transport.partitionOf("Trading", "account") + "}";
    }

    private static String lastId(RedisServer server, String stream) {
        List<StreamMessage<String, String>> last =
                ask(server, redis -> redis.xrevrange(stream, Range.unbounded(), Limit.from(1)));
        return last.isEmpty() ? "0-0" : last.getFirst().getId();
    }

    /// As an operator, or Sentinel, does.
    private void failOver() {
        primary.kill();
        ask(replica, RedisCommands::replicaofNoOne);
        address.leadTo(replica.port());
    }

    private static void sendUntilItIsThere(RedisTransport transport, DomainEvent event, boolean known) {
        await().ignoreExceptionsInstanceOf(TransportException.class)
                .until(() -> transport.send(List.of(event)), List.of(new Published(event.id(), known))::equals);
    }

    private static List<String> letters(Reader reader) {
        return reader.undecodable().stream()
                .map(Delivery::undecodable)
                .filter(Objects::nonNull)
                .map(each -> String.valueOf(each.problem().getMessage()))
                .toList();
    }

    @Test
    void a_replica_that_lagged_and_takes_over_loses_its_gap_which_every_group_is_told_and_nothing_else() {
        try (RedisTransport transport = RedisTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            new Reader(transport, "late")
                    .untilAssigned(RedisSettings.DEFAULT_PARTITIONS)
                    .close();
            String stream = streamOf(transport);
            transport.send(Reader.events("kept", 10));
            reader.untilHas("kept9").settleAll();
            String left = lastId(primary, stream);
            await("replication").until(() -> lastId(replica, stream).equals(left));
            replication.halfOpen();
            List<DomainEvent> gone = Reader.events("gone", 5);
            assertThat(transport.send(gone)).hasSize(5); // confirmed, and not replicated
            reader.untilHas("gone4");
            String last = lastId(primary, stream);

            failOver();
            sendUntilItIsThere(transport, Reader.event("after", "account"), false);

            String range = "behind " + left + " up to " + last;
            reader.untilHas("after")
                    .until(
                            "a word on what this group has not done",
                            () -> letters(reader).stream()
                                    .anyMatch(said -> said.contains(range)
                                            && said.contains("as many as 5 were not processed by group" + " readers")));
            reader.untilDone();
            assertThat(transport.health().available()).isTrue();
            assertThat(transport.health().detail()).contains("Lost since the start", range);

            assertThat(transport.send(gone)).containsExactlyElementsOf(newOnes(gone)); // whoever kept them sends them
            assertThat(transport.send(Reader.events("kept", 1))).containsExactly(new Published("kept0", true));
            try (Reader late = new Reader(transport, "late")) {
                late.untilHas("gone4").untilDone();
                assertThat(late.ids())
                        .startsWith("kept0", "kept1", "kept2")
                        .containsOnlyOnce("after")
                        .endsWith("kept9", "after", "gone0", "gone1", "gone2", "gone3", "gone4");
                assertThat(letters(late))
                        .singleElement()
                        .satisfies(said -> assertThat(said).contains(stream, range));
            }
        }
    }

    private static List<Published> newOnes(List<DomainEvent> events) {
        return events.stream().map(event -> new Published(event.id(), false)).toList();
    }

    @Test
    void with_a_replica_that_must_have_it_what_was_confirmed_survives() {
        try (RedisTransport transport = RedisTransport.open(settings().withReplicas(1));
                Reader reader = new Reader(transport, "readers")) {
            for (int number = 0; number < 50; number++) {
                assertThat(transport.send(List.of(Reader.event("event" + number, "account"))))
                        .hasSize(1);
            }
            failOver();
            // Nothing is left that could have it: the one that remains is the primary now.
            assertThatThrownBy(() -> {
                        for (int attempt = 0; attempt < 100; attempt++) {
                            try {
                                transport.send(List.of(Reader.event("after", "account")));
                                return;
                            } catch (RedisTransportException failure) {
                                if (failure.reason() == Reason.NOT_REPLICATED) {
                                    throw failure;
                                }
                            }
                        }
                    })
                    .hasMessageContaining("0 of 1 replicas");

            reader.untilHas("event49").untilHas("after").untilDone();
            assertThat(letters(reader)).isEmpty();
        }
    }

    @Test
    void a_publish_that_too_few_replicas_have_is_of_unknown_outcome_and_is_stored_once() {
        try (RedisTransport transport = RedisTransport.open(settings().withReplicas(1));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("before", "account")));
            DomainEvent event = Reader.event("event", "account");
            replica.freeze();
            for (int time = 0; time < 2; time++) { // also when it is there already
                assertThatThrownBy(() -> transport.send(List.of(event)))
                        .isInstanceOfSatisfying(
                                RedisTransportException.class,
                                failure -> assertThat(failure.reason()).isEqualTo(Reason.NOT_REPLICATED))
                        .hasMessageContaining("0 of 1 replicas");
                assertThat(transport.health().available()).isFalse();
                assertThat(transport.health().detail()).contains("0 of 1 replicas");
            }

            replica.thaw();
            sendUntilItIsThere(transport, event, true);

            assertThat(transport.health().available()).isTrue();
            transport.send(List.of(Reader.event("after", "account")));
            reader.untilHas("after").untilDone();
            assertThat(reader.ids()).containsOnlyOnce("event");
        }
    }
}
