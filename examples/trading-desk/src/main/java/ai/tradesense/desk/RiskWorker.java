package ai.tradesense.desk;

import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.firm.RiskOfficer;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.worker.ExecutionContext;
import java.util.List;

/// Assesses the risk of every account at each of its valuations, and halts and resumes trading.
final class RiskWorker extends DeskWorker {
    private final Roster<RiskOfficer> officers;

    RiskWorker(List<Member> members, Surroundings surroundings) {
        super("desk-risk", surroundings, "Trading.PnL.Updated.v1");
        this.officers = new Roster<>(members, member -> new RiskOfficer(member.accountId()));
    }

    @Override
    void handle(DomainEvent event, ExecutionContext context) {
        RiskOfficer officer = officers.of(event.subject());
        List<EventData> answer;
        synchronized (officer) {
            answer = officer.answer(event.dataAs(PnLUpdated.class));
        }
        publish(answer, event, context);
    }
}
