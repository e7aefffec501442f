package ai.tradesense.desk;

import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.PositionClosed;
import ai.tradesense.catalog.trading.TradeExecuted;
import ai.tradesense.desk.firm.ChallengeJudge;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.worker.ExecutionContext;
import java.util.List;

/// Judges every challenge by its rules.
final class JudgeWorker extends DeskWorker {
    private final Roster<ChallengeJudge> judges;

    JudgeWorker(List<Member> members, Surroundings surroundings) {
        super(
                "desk-judge",
                surroundings,
                "Trading.PnL.Updated.v1",
                "Trading.Trade.Executed.v1",
                "Trading.Position.Closed.v1");
        this.judges = new Roster<>(members, ChallengeJudge::new);
    }

    @Override
    void handle(DomainEvent event, ExecutionContext context) {
        ChallengeJudge judge = judges.of(event.subject());
        List<EventData> answer = List.of();
        synchronized (judge) {
            switch (data(event)) {
                case TradeExecuted trade -> judge.watch(trade);
                case PositionClosed position -> judge.watch(position);
                case PnLUpdated valuation -> answer = judge.answer(valuation);
                default -> throw new IllegalArgumentException("the judge has no use for " + event.type());
            }
        }
        publish(answer, event, context);
    }
}
