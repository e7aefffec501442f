package ai.tradesense.desk;

import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.evaluation.EvaluationStatus;
import ai.tradesense.desk.firm.Evaluator;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.worker.ExecutionContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Evaluates every trader from the course of the challenge, and is the read model of where each stands.
final class EvaluationWorker extends DeskWorker {
    private final Roster<Desk> desks;

    /// The evaluator of one trader, and its newest answer in case that has to be published again.
    private static final class Desk {
        private final Evaluator evaluator;
        private String answered = "";
        private List<EventData> answer = List.of();

        Desk(Member member) {
            this.evaluator = new Evaluator(member);
        }

        synchronized List<EventData> answer(String id, EventData data) {
            if (!id.equals(answered)) {
                answer = evaluator.answer(data);
                answered = id;
            }
            return answer;
        }
    }

    /// Where a trader stands.
    record Standing(
            @Nullable EvaluationStatus status, @Nullable MetricsUpdated latest) {}

    EvaluationWorker(List<Member> members, Surroundings surroundings) {
        super("desk-evaluation", surroundings, "Challenge.*");
        this.desks = new Roster<>(members, Desk::new);
    }

    @Override
    void handle(DomainEvent event, ExecutionContext context) {
        publish(desks.of(event.subject()).answer(event.id(), data(event)), event, context);
    }

    Standing standing(Member member) {
        Desk desk = desks.of(member.challengeId());
        synchronized (desk) {
            return new Standing(desk.evaluator.status(), desk.evaluator.latest());
        }
    }
}
