package ai.tradesense.desk;

import ai.tradesense.desk.DeskWorker.Surroundings;
import java.util.List;

/// What the result of a run is made of: those who decide, and the read models.
record DeskModels(
        GateWorker gate,
        RiskWorker risk,
        JudgeWorker judge,
        EvaluationWorker evaluation,
        AccessWorker access,
        PortfolioWorker portfolio,
        RiskBoardWorker riskBoard,
        AuditWorker audit) {
    /// Models that know nothing yet.
    static DeskModels in(Surroundings surroundings) {
        return new DeskModels(
                new GateWorker(surroundings),
                new RiskWorker(surroundings),
                new JudgeWorker(surroundings),
                new EvaluationWorker(surroundings),
                new AccessWorker(surroundings),
                new PortfolioWorker(surroundings),
                new RiskBoardWorker(surroundings),
                new AuditWorker(surroundings));
    }

    List<LearningWorker<?>> all() {
        return List.of(gate, risk, judge, evaluation, access, portfolio, riskBoard, audit);
    }

    /// Those who answer.
    List<LearningWorker<?>> deciding() {
        return List.of(risk, judge, evaluation, access);
    }
}
