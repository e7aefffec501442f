package ai.tradesense.desk;

import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.evaluation.EvaluationStatus;
import ai.tradesense.desk.firm.Evaluator;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Evaluates every trader from the course of the challenge, and is the read model of where each stands.
final class EvaluationWorker extends LearningWorker<Evaluator> {
    /// Where a trader stands.
    record Standing(
            @Nullable EvaluationStatus status, @Nullable MetricsUpdated latest) {}

    EvaluationWorker(Surroundings surroundings) {
        super("desk-evaluation", surroundings, "Challenge.*");
    }

    @Override
    Evaluator nothingKnown(Member member) {
        return new Evaluator(member);
    }

    @Override
    List<EventData> learn(Evaluator evaluator, DomainEvent event) {
        return evaluator.answer(data(event));
    }

    Standing standing(Member member) {
        return of(member.challenge(), member, evaluator -> new Standing(evaluator.status(), evaluator.latest()));
    }
}
