package ai.tradesense.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.redis.RedisTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RedisServer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Users of Redis and their rights.
class RedisAccessTest {
    private static final String USER = "ACL SETUSER events ";

    private static RedisSettings settings(String url) {
        return RedisSettings.of(url).withLease(Duration.ofSeconds(2)).withTimeout(Duration.ofSeconds(2));
    }

    private static String url(RedisServer redis, String who) {
        return "redis://" + who + "127.0.0.1:" + redis.port();
    }

    private static void setUser(RedisServer redis, String... rules) {
        try (RedisClient client = RedisClient.create(redis.url());
                StatefulRedisConnection<String, String> connection = client.connect()) {
            CommandArgs<String, String> arguments = new CommandArgs<>(StringCodec.UTF8)
                    .add("SETUSER")
                    .add("events")
                    .add("reset");
            Arrays.stream(rules).forEach(arguments::add);
            connection.sync().dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), arguments);
        }
    }

    private static void assertRefused(String url, String... words) {
        assertThatThrownBy(() -> RedisTransport.open(settings(url)).close())
                .isInstanceOfSatisfying(RedisTransportException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(Reason.NOT_PERMITTED);
                    assertThat(failure).hasMessageContainingAll(words).hasMessageNotContaining("secret");
                });
    }

    /// The rules that the documentation gives.
    private static List<String> documentedRules() throws IOException {
        String text = Files.readString(Path.of("../docs/redis.md"));
        int from = text.indexOf(USER) + USER.length();
        String rules = text.substring(from, text.indexOf("```", from));
        return List.of(rules.strip().split("\\s+", -1));
    }

    @Test
    void a_user_with_the_documented_rights_is_enough_and_each_that_is_missing_is_named() throws IOException {
        List<String> rules = documentedRules();
        assertThat(rules).startsWith("on", ">secret", "~tradesense:*").hasSizeGreaterThan(25);
        try (RedisServer redis = RedisServer.with()) {
            String url = url(redis, "events:secret@");
            setUser(redis, rules.toArray(String[]::new));
            try (RedisTransport transport = RedisTransport.open(settings(url));
                    Reader reader = new Reader(transport, "readers")) {
                assertThat(transport.health().detail()).contains("appendfsync is not known");
                transport.send(Reader.events("event", 20));
                reader.untilHas("event19").untilDone();
            }
            for (String right : rules.subList(2, rules.size())) {
                List<String> less = new ArrayList<>(rules);
                less.remove(right);
                setUser(redis, less.toArray(String[]::new));

                assertRefused(url, right.substring(1));
            }
        }
    }

    @Test
    void a_right_that_is_taken_away_later_is_an_error_that_says_so() throws IOException {
        List<String> rules = documentedRules();
        try (RedisServer redis = RedisServer.with()) {
            setUser(redis, rules.toArray(String[]::new));
            try (RedisTransport transport = RedisTransport.open(settings(url(redis, "events:secret@")))) {
                transport.send(List.of(Reader.event("one", "account")));
                List<String> less = new ArrayList<>(rules);
                less.remove("+xadd");
                setUser(redis, less.toArray(String[]::new));

                assertThatThrownBy(() -> {
                            for (int attempt = 0; attempt < 20; attempt++) { // connections are made anew at first
                                sendIgnoringConnections(transport);
                            }
                        })
                        .isInstanceOfSatisfying(
                                RedisTransportException.class,
                                failure -> assertThat(failure.reason()).isEqualTo(Reason.NOT_PERMITTED))
                        .hasMessageContaining("rights of the user have become less");
            }
        }
    }

    private static void sendIgnoringConnections(RedisTransport transport) {
        try {
            transport.send(List.of(Reader.event("two", "account")));
        } catch (RedisTransportException failure) {
            if (failure.reason() == Reason.NOT_PERMITTED) {
                throw failure;
            }
        }
    }

    @Test
    void a_wrong_password_an_unknown_user_and_none_where_one_is_needed_are_said() throws IOException {
        try (RedisServer redis = RedisServer.with()) {
            setUser(redis, documentedRules().toArray(String[]::new));
            assertRefused(url(redis, "events:wrong@"), "WRONGPASS");
            assertRefused(url(redis, "nobody:secret@"), "WRONGPASS");

            List<String> rules = new ArrayList<>(documentedRules());
            rules.set(rules.indexOf(">secret"), "nopass");
            setUser(redis, rules.toArray(String[]::new));
            RedisTransport.open(settings(url(redis, "events:anything@"))).close();
        }
        try (RedisServer redis = RedisServer.with("--requirepass", "hidden")) {
            assertRefused(url(redis, ""), "NOAUTH");
            assertRefused(url(redis, ":wrong@"), "WRONGPASS");
            RedisTransport.open(settings(url(redis, ":hidden@"))).close();
        }
    }
}
