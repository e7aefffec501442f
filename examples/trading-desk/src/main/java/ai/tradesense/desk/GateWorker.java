package ai.tradesense.desk;

import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.catalog.risk.ScoreUpdated;
import ai.tradesense.catalog.risk.TradingHalted;
import ai.tradesense.catalog.risk.TradingResumed;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.trader.Control;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.worker.ExecutionContext;
import java.util.List;

/// Brings decisions back to the desk. Risk answers every valuation and ends with the score, the judge answers the
/// ones that end a day and ends with the metrics: whoever has seen those has seen what was decided before them.
final class GateWorker extends DeskWorker {
    private final Roster<Decisions> accounts;

    private static final class Decisions {
        private boolean halted;
        private ChallengePhase phase = ChallengePhase.PHASE_1;
        private boolean failed;
        private long assessed;
        private long judged;
    }

    GateWorker(List<Member> members, Surroundings surroundings) {
        super(
                "desk-gate",
                surroundings,
                "Risk.Trading.Halted.v1",
                "Risk.Trading.Resumed.v1",
                "Risk.Score.Updated.v1",
                "Challenge.Phase.Advanced.v1",
                "Challenge.Failed.v1",
                "Challenge.Metrics.Updated.v1");
        this.accounts = new Roster<>(members, member -> new Decisions());
    }

    @Override
    void handle(DomainEvent event, ExecutionContext context) {
        Decisions account = accounts.of(event.subject());
        synchronized (account) {
            switch (data(event)) {
                case TradingHalted halted -> account.halted = true;
                case TradingResumed resumed -> account.halted = false;
                case ScoreUpdated score -> account.assessed = score.sequence();
                case PhaseAdvanced advanced -> account.phase = advanced.toPhase();
                case ChallengeFailed failed -> account.failed = true;
                case MetricsUpdated metrics -> account.judged = metrics.sequence();
                default -> throw new IllegalArgumentException("the desk does not depend on " + event.type());
            }
        }
    }

    /// Whether risk has answered a valuation.
    boolean isAssessed(Member member, long sequence) {
        Decisions account = accounts.of(member.accountId());
        synchronized (account) {
            return account.assessed >= sequence;
        }
    }

    /// Whether the judge has answered a valuation that ends a day.
    boolean isJudged(Member member, long sequence) {
        Decisions account = accounts.of(member.accountId());
        synchronized (account) {
            return account.judged >= sequence;
        }
    }

    /// What has been decided.
    Control control(Member member) {
        Decisions account = accounts.of(member.accountId());
        synchronized (account) {
            return new Control(account.halted, account.phase, account.failed);
        }
    }
}
