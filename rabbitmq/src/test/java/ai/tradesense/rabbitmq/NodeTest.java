package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.rabbitmq.RabbitStreamSettings.Addresses;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeTest {
    @Test
    void a_url_names_one_node_or_several_with_a_port_or_without() {
        RabbitSettings several = RabbitSettings.of("amqp://user:a,b@one, two:5673,[::1]/v,1");

        assertThat(several.nodes())
                .containsExactly(new Node("one", 5672), new Node("two", 5673), new Node("[::1]", 5672));
        assertThat(several.address()).isEqualTo("one:5672,two:5673,[::1]:5672");
        assertThat(several.uri()).hasUserInfo("user:a,b").hasPath("/v,1");
        assertThat(RabbitSettings.of("amqps://one").address()).isEqualTo("one:5671");
        assertThat(RabbitStreamSettings.of("rabbitmq-stream+tls://user:secret@one,two:1/vhost"))
                .hasToString(RabbitStreamSettings.of("rabbitmq-stream+tls://one:5551,two:1/vhost")
                        .toString())
                .satisfies(streams -> assertThat(streams.virtualHost()).isEqualTo("vhost"));
    }

    @Test
    void a_node_that_is_not_named_is_refused_and_the_password_is_not_repeated() {
        for (String url : List.of("amqp://user:secret@one,,two", "amqp://user:secret@one,:5672", "one,two", "")) {
            assertThatThrownBy(() -> RabbitSettings.of(url))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected for example amqp://")
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void one_address_alone_cannot_stand_for_several_nodes_of_which_each_leads_other_streams() {
        RabbitStreamSettings several = RabbitStreamSettings.of("rabbitmq-stream://one,two");

        assertThatThrownBy(() -> several.withAddresses(Addresses.CONFIGURED))
                .hasMessageContaining("2 nodes, expected one");
    }
}
