package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Reaction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProjectionVerbsTest {
    private static final String PATH = "/api/v1/projections/balances";

    private final ContractServer server = new ContractServer();
    private final Cli cli = Cli.of(server.url());

    @AfterEach
    void stop() {
        server.close();
    }

    private static String order(String what, String state, String outcome) {
        return "{\"number\":3,\"projection\":\"balances\",\"what\":\"" + what + "\",\"by\":\"alice\","
                + "\"at\":\"2026-03-01T12:00:00Z\",\"state\":\"" + state + "\",\"takenBy\":\"12@host\","
                + "\"outcome\":\"" + outcome + "\"}";
    }

    private static Reaction orders(String order) {
        return Reaction.json(200, "{\"orders\":[" + order.replace(":3,", ":4,") + "," + order + "]}");
    }

    @Test
    void an_order_is_followed_until_it_is_known_what_became_of_it() {
        server.always(PATH + "/rebuild", Reaction.json(202, order("rebuild 500", "WAITING", "")));
        server.next(PATH + "/orders", orders(order("rebuild 500", "WAITING", "")));
        server.next(PATH + "/orders", orders(order("rebuild 500", "TAKEN", "")));
        server.next(PATH + "/orders", orders(order("rebuild 500", "DONE", "generation 2 is being made")));

        assertThat(cli.run("projections", "rebuild", "balances", "--rate", "500", "--as", "alice"))
                .isEqualTo(0);

        assertThat(server.calls().getFirst().method()).isEqualTo("POST");
        assertThat(server.calls().getFirst().target()).isEqualTo(PATH + "/rebuild?rate=500");
        assertThat(server.calls().getFirst().headers()).containsEntry("Tradesense-actor", "alice");
        assertThat(cli.errLines())
                .containsExactly(
                        "tradesense: ordered of balances: rebuild 500",
                        "tradesense: waits for a process that runs it; Ctrl-C ends the waiting, not the order",
                        "tradesense: taken by 12@host",
                        "tradesense: done: generation 2 is being made");
    }

    @Test
    void an_order_that_is_refused_is_a_failure_and_says_why() {
        server.always(PATH + "/pass-over", Reaction.json(202, order("pass over 7: x", "WAITING", "")));
        server.always(PATH + "/orders", orders(order("pass over 7: x", "REFUSED", "position 7 can be decoded")));

        assertThat(cli.run("projections", "pass-over", "balances", "7", "--reason", "a test"))
                .isEqualTo(1);

        assertThat(server.calls().getFirst().target()).isEqualTo(PATH + "/pass-over?position=7&reason=a%20test");
        assertThat(cli.errLines()).last().isEqualTo("tradesense: not done: position 7 can be decoded");
    }

    @Test
    void an_order_that_is_not_waited_for_is_only_given_and_all_orders_are_a_table() {
        server.always(PATH + "/rebuild/cancel", Reaction.json(202, order("cancel rebuild", "WAITING", "")));
        server.always(PATH + "/orders", orders(order("cancel rebuild", "DONE", "no rebuild was under way")));

        assertThat(cli.run("projections", "cancel", "balances", "--no-wait")).isEqualTo(0);
        assertThat(server.calls()).hasSize(1);
        assertThat(cli.run("projections", "orders", "balances")).isEqualTo(0);

        assertThat(cli.out().lines())
                .last()
                .isEqualTo("2026-03-01 12:00:00.000  alice  cancel rebuild  DONE   no rebuild was under way  12@host");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rebuild balances", "pass-over balances --reason x", "pass-over balances 7", "cancel"})
    void an_order_that_makes_no_sense_is_wrong_usage_and_nothing_is_asked(String arguments) {
        assertThat(cli.run(("projections " + arguments).split(" ", -1))).isEqualTo(2);

        assertThat(server.calls()).isEmpty();
    }
}
