package ai.tradesense.desk;

import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.firm.RiskOfficer;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import java.util.List;

/// Assesses the risk of every account at each of its valuations, and halts and resumes trading.
final class RiskWorker extends LearningWorker<RiskOfficer> {
    RiskWorker(Surroundings surroundings) {
        super("desk-risk", surroundings, "Trading.PnL.Updated.v1");
    }

    @Override
    RiskOfficer nothingKnown(Member member) {
        return new RiskOfficer(member.accountId());
    }

    @Override
    List<EventData> learn(RiskOfficer officer, DomainEvent event) {
        return officer.answer(event.dataAs(PnLUpdated.class));
    }
}
