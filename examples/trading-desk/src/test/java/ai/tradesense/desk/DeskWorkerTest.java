package ai.tradesense.desk;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.catalog.trading.CancelReason;
import ai.tradesense.catalog.trading.OrderCancelled;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeskWorkerTest {
    private static final Member MEMBER = Member.of("run-2", 0);
    private static final String CORRELATION = "run-2-A001-b7";

    private final PortfolioWorker portfolio =
            new PortfolioWorker(new DeskWorker.Surroundings("run-2", null, new Progress(), 100, 1));

    @Test
    void an_event_that_is_delivered_again_counts_once() {
        DomainEvent event = cancelled("1", MEMBER.accountId(), CORRELATION);
        deliver(event);
        deliver(event);
        assertThat(portfolio.portfolio(MEMBER).ordersCancelled()).isEqualTo(1);
    }

    @Test
    void an_event_of_an_earlier_run_or_from_somebody_else_is_left_alone() {
        deliver(cancelled("1", "run-1-A001", "run-1-A001-b7"));
        deliver(cancelled("2", MEMBER.accountId(), "run-1-A001-b7"));
        deliver(cancelled("3", "account-1", CORRELATION));
        assertThat(portfolio.portfolio(MEMBER).ordersCancelled()).isZero();
        assertThat(portfolio.learned()).isEmpty();
    }

    @Test
    void what_it_has_learned_is_counted_by_type_as_far_as_it_subscribes_to_it() {
        deliver(cancelled("1", MEMBER.accountId(), CORRELATION));
        deliver(cancelled("2", MEMBER.accountId(), CORRELATION));
        Map<EventType, Integer> published =
                Map.of(EventType.of(OrderCancelled.class), 2, EventType.parse("Auth.User.LoggedIn.v1"), 1);
        assertThat(portfolio.learned())
                .isEqualTo(portfolio.wanted(published))
                .isEqualTo(Map.of(EventType.of(OrderCancelled.class), 2));
    }

    @Test
    void the_ids_of_a_member_say_whose_they_are() {
        Member member = Member.of("run-A1-2", 19);
        assertThat(Member.withId("run-A1-2-A020")).isEqualTo(member);
        assertThat(Member.withId("run-A1-2-C020")).isEqualTo(member);
        assertThat(Member.withId("run-A1-2-U020")).isEqualTo(member);
        assertThat(Member.withId("run-A1-2-A000")).isNull();
        assertThat(Member.withId("account-1")).isNull();
        assertThat(member.isOf("run-A1-2")).isTrue();
        assertThat(member.isOf("run")).isFalse();
    }

    private void deliver(DomainEvent event) {
        portfolio.processEvent(event, null); // a read model has no use for the context
    }

    private static DomainEvent cancelled(String id, String accountId, String correlationId) {
        Instant at = Instant.parse("2017-04-19T09:00:00Z");
        return DomainEvent.builder(
                        new OrderCancelled(accountId, "O-" + id, "EURUSD", CancelReason.TRADER, BigDecimal.ONE, at))
                .id(id)
                .source(URI.create("/test"))
                .time(at)
                .correlationId(correlationId)
                .build();
    }
}
