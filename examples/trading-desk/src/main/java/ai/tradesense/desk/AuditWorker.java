package ai.tradesense.desk;

import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Records that there was an event of the run, by type; each of them once.
final class AuditWorker extends LearningWorker<String> {
    AuditWorker(Surroundings surroundings) {
        super("desk-audit", surroundings, "*");
    }

    @Override
    String nothingKnown(Member member) {
        return member.label();
    }

    @Override
    List<EventData> learn(String member, DomainEvent event) {
        return List.of();
    }

    /// Recording an event twice records it once.
    @Override
    public boolean isReplayable() {
        return true;
    }

    /// How many events were recorded, by the name of their type.
    SortedMap<String, Integer> counts() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        learned().forEach((type, count) -> counts.put(type.name(), count));
        return counts;
    }
}
