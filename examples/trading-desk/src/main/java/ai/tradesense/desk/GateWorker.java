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
import ai.tradesense.events.EventData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Brings decisions back to the desk. Risk answers every valuation and ends with the score, the judge answers the
/// ones that end a day and ends with the metrics: whoever has seen those has seen what was decided before them.
///
/// It remembers what was decided on each valuation, so that a desk that goes through the same bars later, after a
/// restart or beside another one, obeys what was decided then.
final class GateWorker extends LearningWorker<GateWorker.Decisions> {
    /// What was decided in one stream: the account's in the domain of risk, or the challenge's.
    static final class Decisions {
        private boolean halted;
        private final Map<Long, Boolean> assessed = new HashMap<>(); // by valuation, whether trading was halted then
        private Verdict verdict = new Verdict(ChallengePhase.PHASE_1, false);
        private final NavigableMap<Long, Verdict> judged = new TreeMap<>(); // by valuation
    }

    private record Verdict(ChallengePhase phase, boolean failed) {}

    GateWorker(Surroundings surroundings) {
        super(
                "desk-gate",
                surroundings,
                "Risk.Trading.Halted.v1",
                "Risk.Trading.Resumed.v1",
                "Risk.Score.Updated.v1",
                "Challenge.Phase.Advanced.v1",
                "Challenge.Failed.v1",
                "Challenge.Metrics.Updated.v1");
    }

    @Override
    Decisions nothingKnown(Member member) {
        return new Decisions();
    }

    @Override
    List<EventData> learn(Decisions decisions, DomainEvent event) {
        switch (data(event)) {
            case TradingHalted halted -> decisions.halted = true;
            case TradingResumed resumed -> decisions.halted = false;
            case ScoreUpdated score -> decisions.assessed.put(score.sequence(), decisions.halted);
            case PhaseAdvanced advanced ->
                decisions.verdict = new Verdict(advanced.toPhase(), decisions.verdict.failed());
            case ChallengeFailed failed -> decisions.verdict = new Verdict(decisions.verdict.phase(), true);
            case MetricsUpdated metrics -> decisions.judged.put(metrics.sequence(), decisions.verdict);
            default -> throw new IllegalArgumentException("the desk does not depend on " + event.type());
        }
        return List.of();
    }

    /// Whether risk has answered a valuation; 0 is before the first.
    boolean isAssessed(Member member, long sequence) {
        return sequence == 0 || of(member.risk(), member, decisions -> decisions.assessed.containsKey(sequence));
    }

    /// Whether the judge has answered a valuation that ends a day.
    boolean isJudged(Member member, long sequence) {
        return sequence == 0 || of(member.challenge(), member, decisions -> decisions.judged.containsKey(sequence));
    }

    /// What had been decided when a valuation was answered.
    Control control(Member member, long sequence) {
        boolean halted = of(member.risk(), member, decisions -> decisions.assessed.getOrDefault(sequence, false));
        return of(member.challenge(), member, decisions -> {
            Map.Entry<Long, Verdict> verdict = decisions.judged.floorEntry(sequence);
            return verdict == null
                    ? new Control(halted, Control.START.phase(), Control.START.failed())
                    : new Control(
                            halted,
                            verdict.getValue().phase(),
                            verdict.getValue().failed());
        });
    }
}
