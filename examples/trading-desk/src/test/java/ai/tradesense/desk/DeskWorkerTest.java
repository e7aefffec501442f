package ai.tradesense.desk;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.catalog.trading.CancelReason;
import ai.tradesense.catalog.trading.OrderCancelled;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeskWorkerTest {
    private static final Member MEMBER = Member.of("run-2", 0);

    private final Ledger ledger = new Ledger();
    private final PortfolioWorker portfolio =
            new PortfolioWorker(List.of(MEMBER), new DeskWorker.Surroundings(ledger, new Progress(), 100, 1));

    @Test
    void an_event_that_is_delivered_again_counts_once() {
        DomainEvent event = cancelled("1", MEMBER.accountId());
        ledger.enter(event);
        deliver(event);
        deliver(event);
        assertThat(portfolio.portfolio(MEMBER).ordersCancelled()).isEqualTo(1);
    }

    @Test
    void an_event_of_an_earlier_run_or_from_somebody_else_is_left_alone() {
        deliver(cancelled("1", "run-1-A001"));
        deliver(cancelled("2", MEMBER.accountId()));
        assertThat(portfolio.portfolio(MEMBER).ordersCancelled()).isZero();
    }

    @Test
    void a_worker_has_handled_everything_when_each_event_it_subscribes_to_was_handled() {
        DomainEvent first = cancelled("1", MEMBER.accountId());
        DomainEvent second = cancelled("2", MEMBER.accountId());
        ledger.enter(first);
        ledger.enter(second);
        ledger.enter(second);
        assertThat(portfolio.hasHandled(ledger.published())).isFalse();
        deliver(first);
        deliver(first);
        assertThat(portfolio.hasHandled(ledger.published())).isFalse();
        deliver(second);
        assertThat(portfolio.hasHandled(ledger.published())).isTrue();
    }

    private void deliver(DomainEvent event) {
        portfolio.processEvent(event, null); // a read model has no use for the context
    }

    private static DomainEvent cancelled(String id, String accountId) {
        Instant at = Instant.parse("2017-04-19T09:00:00Z");
        return DomainEvent.builder(
                        new OrderCancelled(accountId, "O-" + id, "EURUSD", CancelReason.TRADER, BigDecimal.ONE, at))
                .id(id)
                .source(URI.create("/test"))
                .time(at)
                .build();
    }
}
