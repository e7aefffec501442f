package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Call;
import ai.tradesense.cli.ContractServer.Reaction;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How long events are kept, and legal holds.
final class RetentionCommandsTest {
    private static final String READER = "{\"kind\":\"group\",\"name\":\"reports\",\"position\":512}";
    private static final String STATUS = "{\"policy\":{\"domains\":{\"Trading\":\"PT8760H\",\"Risk\":null},"
            + "\"default\":null},\"removed\":1234,\"running\":null,\"last\":{\"orderedBy\":\"ines\","
            + "\"startedAt\":\"2026-01-31T12:00:00Z\",\"endedAt\":\"2026-01-31T12:00:01Z\",\"events\":1000,"
            + "\"heldBackBy\":[" + READER + "],\"problem\":\"\"},\"nextAt\":null,\"readers\":[" + READER + "],"
            + "\"records\":[{\"number\":7,\"kind\":\"removed\",\"at\":\"2026-01-31T12:00:00Z\",\"by\":\"ines\","
            + "\"reason\":\"Trading=PT8760H\",\"firstPosition\":1,\"lastPosition\":99,\"events\":50,"
            + "\"byDomain\":{\"Trading\":50},\"hold\":null,\"hash\":\"ab\"}]}";
    private static final String HOLD = "{\"id\":12,\"domain\":null,\"subject\":\"acc-7\",\"from\":null,\"to\":null,"
            + "\"reason\":\"case 7\",\"placedBy\":\"ines\",\"placedAt\":\"2026-01-31T12:00:00Z\",\"lifted\":null}";

    @Test
    void status_says_how_long_what_is_kept_and_who_holds_it_back() {
        try (ContractServer server = new ContractServer()) {
            server.always(RetentionCommand.PATH, Reaction.json(200, STATUS));
            for (String[] arguments : new String[][] {{"retention"}, {"retention", "status"}}) {
                Cli cli = Cli.of(server.url());
                assertThat(cli.run(arguments)).as(cli.err()).isEqualTo(0);
                assertThat(cli.out())
                        .contains(
                                "kept for: Trading PT8760H, Risk for ever, all others for ever",
                                "removed so far: 1,234 events",
                                "last run: 1,000 events removed, begun 2026-01-31T12:00:00Z by ines",
                                "held back by group reports at position 512",
                                "1 to 99");
            }
            Cli json = Cli.of(server.url());
            assertThat(json.run("retention", "status", "--json")).isEqualTo(0);
            assertThat(json.out()).isEqualTo(STATUS + System.lineSeparator());
        }
    }

    @Test
    void a_dry_run_says_what_would_go_and_what_would_not() {
        try (ContractServer server = new ContractServer()) {
            server.next(
                    RetentionCommand.PATH + "/dry-run",
                    Reaction.json(
                            200,
                            "{\"at\":\"2026-01-31T12:00:00Z\",\"events\":5000,\"removable\":[{\"domain\":\"Trading\","
                                    + "\"events\":5000,\"oldest\":\"2025-01-01T00:00:00Z\","
                                    + "\"newest\":\"2025-01-31T00:00:00Z\"}],\"held\":[{\"hold\":12,\"events\":3}],"
                                    + "\"needed\":6,\"blocked\":[{\"reader\":" + READER + ",\"events\":40}]}"));
            Cli cli = Cli.of(server.url());
            assertThat(cli.run("retention", "dry-run")).as(cli.err()).isEqualTo(0);
            assertThat(cli.out())
                    .contains(
                            "would be removed: 5,000 events",
                            "2025-01-31T00:00:00Z",
                            "legal hold 12 keeps 3 events",
                            "snapshots need 6 events",
                            "group reports at position 512 has yet to pass 40 events");
        }
    }

    @Test
    void a_run_is_ordered_by_name_and_a_refusal_is_said() {
        try (ContractServer server = new ContractServer()) {
            server.next(RetentionCommand.PATH + "/run", Reaction.json(202, STATUS))
                    .next(
                            RetentionCommand.PATH + "/run",
                            Reaction.problem(501, Map.of(), "{\"detail\":\"no policy\",\"status\":501}"));
            Cli cli = Cli.of(server.url());
            assertThat(cli.run("retention", "run", "--as", "ines"))
                    .as(cli.err())
                    .isEqualTo(0);
            assertThat(cli.out()).isEmpty();
            Cli refused = Cli.of(server.url());
            assertThat(refused.run("retention", "run")).isEqualTo(1);
            assertThat(refused.err()).contains("no policy");
            assertThat(server.calls().getFirst().method()).isEqualTo("POST");

            server.next(RetentionCommand.PATH + "/readers", Reaction.json(200, STATUS));
            assertThat(Cli.of(server.url()).run("retention", "forget", "old reports"))
                    .isEqualTo(0);
            assertThat(server.calls().getLast().method()).isEqualTo("DELETE");
            assertThat(server.calls().getLast().target()).endsWith("/readers?kind=group&name=old%20reports");
        }
    }

    @Test
    void holds_are_listed_placed_and_lifted() {
        try (ContractServer server = new ContractServer()) {
            server.always(HoldsCommand.PATH, Reaction.json(200, "{\"holds\":[" + HOLD + "]}"));
            Cli list = Cli.of(server.url());
            assertThat(list.run("holds", "list", "--all")).as(list.err()).isEqualTo(0);
            assertThat(list.out()).contains("acc-7", "case 7", "ines");
            assertThat(server.calls().getLast().target()).endsWith("?state=all");

            server.next(HoldsCommand.PATH, Reaction.json(201, HOLD));
            Cli place = Cli.of(server.url());
            assertThat(place.run("holds", "place", "--subject", "acc-7", "--reason", "case \"7\""))
                    .as(place.err())
                    .isEqualTo(0);
            assertThat(place.err()).isEqualTo("tradesense: hold 12 is placed\n");
            Call placed = server.calls().getLast();
            assertThat(placed.json().at("reason").text()).isEqualTo("case \"7\"");
            assertThat(placed.json().at("domain").isNull()).isTrue();

            server.next(HoldsCommand.PATH + "/12", Reaction.json(200, HOLD));
            Cli lift = Cli.of(server.url());
            assertThat(lift.run("holds", "lift", "12", "--reason", "it is over"))
                    .as(lift.err())
                    .isEqualTo(0);
            Call lifted = server.calls().getLast();
            assertThat(lifted.method()).isEqualTo("DELETE");
            assertThat(lifted.target()).endsWith("/12?reason=it%20is%20over");
        }
    }

    @Test
    void a_hold_without_a_reason_is_wrong_usage_and_asks_no_server() {
        try (ContractServer server = new ContractServer()) {
            assertThat(Cli.of(server.url()).run("holds", "place", "--subject", "a"))
                    .isEqualTo(2);
            assertThat(Cli.of(server.url()).run("holds", "lift", "12")).isEqualTo(2);
            assertThat(server.calls()).isEmpty();
        }
    }
}
