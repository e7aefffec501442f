package ai.tradesense.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.server.Doctor.Finding;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.testkit.services.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static final String NOBODY = "127.0.0.1:1";

    @TempDir
    private Path folder;

    private List<Finding> examine(String... lines) throws IOException {
        Path file = Files.write(folder.resolve("tradesense.properties"), List.of(lines));
        return Doctor.examine("--spring.config.additional-location=" + file.toUri());
    }

    @Test
    void without_a_broker_there_is_only_the_configuration_to_look_at() throws IOException {
        assertThat(examine("tradesense.transport=embedded"))
                .containsExactly(new Finding("configuration", "is understood", ""));
    }

    @Test
    void a_configuration_that_is_not_understood_is_named_and_nothing_is_asked() throws IOException {
        assertThat(examine("tradesense.transport=kafka", "tradesense.kafka.colour=green"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.check()).isEqualTo("configuration");
                    assertThat(finding.trouble()).contains("tradesense.kafka.colour");
                });
    }

    @Test
    void of_a_key_that_is_misspelled_the_nearest_is_named_first_and_of_another_none() throws IOException {
        Map<String, String> meant = Map.of(
                "tradesense.kafka.sevrers", "tradesense.kafka.servers",
                "tradesense.store.uri", "tradesense.store.url",
                "tradesense.limits.max-payload-byte", "tradesense.limits.max-payload-bytes",
                "tradesense.retention.tradng", "tradesense.retention.trading");
        for (Map.Entry<String, String> each : meant.entrySet()) {
            assertThat(examine(each.getKey() + "=1"))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.trouble())
                            .startsWith("The configuration has the key " + each.getKey()
                                    + ", which this server does not know; did you mean " + each.getValue() + "?"));
        }
        assertThat(examine("tradesense.port=1"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.trouble())
                        .contains("does not know; expected ")
                        .doesNotContain("did you mean"));
    }

    @Test
    void what_a_server_would_refuse_is_not_understood() throws IOException {
        assertThat(examine("server.address=0.0.0.0"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.trouble())
                        .startsWith("server.address is '0.0.0.0', which other machines can reach"));
        assertThat(examine(
                        "tradesense.transport=kafka",
                        "tradesense.kafka.servers=" + NOBODY,
                        "tradesense.limits.max-payload-bytes=2000000"))
                .element(1)
                .satisfies(transport -> assertThat(transport.trouble())
                        .startsWith("tradesense.limits.max-payload-bytes is '2000000' in the configuration; expected"
                                + " at most "));
    }

    @Test
    void a_value_where_keys_belong_is_not_understood() throws IOException {
        assertThat(examine("tradesense=redis"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.trouble())
                        .startsWith("The configuration has the key tradesense, which this server does not know"));
    }

    @Test
    void kafka_and_the_database_are_asked() throws IOException {
        String kafka = KafkaBroker.sharedServers();

        assertThat(examine(
                        "tradesense.transport=kafka",
                        "tradesense.kafka.servers=" + kafka,
                        "tradesense.kafka.prefix=nobodys",
                        "tradesense.store.url=" + PostgresServer.sharedUrl()))
                .satisfiesExactly(
                        configuration -> assertThat(configuration.trouble()).isEmpty(),
                        transport -> assertThat(transport)
                                .isEqualTo(new Finding(
                                        "transport", "Kafka at " + kafka + ", 1 broker, no topic of nobodys yet", "")),
                        store -> assertThat(store.found()).startsWith("PostgreSQL at 127.0.0.1:"));
    }

    @Test
    void redis_is_asked() throws IOException {
        assertThat(examine("tradesense.transport=redis", "tradesense.redis.url=" + RedisServer.sharedUrl()))
                .satisfiesExactly(
                        configuration -> assertThat(configuration.trouble()).isEmpty(),
                        transport -> {
                            assertThat(transport.trouble()).isEmpty();
                            assertThat(transport.found()).isNotEmpty();
                        },
                        store -> assertThat(store)
                                .isEqualTo(new Finding(
                                        "store", "is a file of one instance: " + Announcement.ONLY_ONE, "")));
    }

    @Test
    void who_does_not_answer_is_named() throws IOException {
        assertThat(examine(
                        "tradesense.transport=kafka",
                        "tradesense.kafka.servers=" + NOBODY,
                        "tradesense.kafka.timeout=1s"))
                .element(1)
                .satisfies(transport -> assertThat(transport.trouble()).contains(NOBODY));
        assertThat(examine("tradesense.transport=redis", "tradesense.redis.url=redis://" + NOBODY))
                .element(1)
                .satisfies(transport -> assertThat(transport.trouble()).contains(NOBODY));
        assertThat(examine(
                        "tradesense.transport=rabbitmq", "tradesense.rabbitmq.url=amqp://" + NOBODY + ",localhost:2"))
                .element(1)
                .satisfies(transport -> assertThat(transport.trouble()).contains(NOBODY + ",localhost:2"));
    }
}
