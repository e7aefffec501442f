package ai.tradesense.desk;

import ai.tradesense.catalog.risk.AlertTriggered;
import ai.tradesense.catalog.risk.LimitBreached;
import ai.tradesense.catalog.risk.ProfileModified;
import ai.tradesense.catalog.risk.ScoreUpdated;
import ai.tradesense.catalog.risk.TradingHalted;
import ai.tradesense.catalog.risk.TradingResumed;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import java.util.List;

/// The read model of risk: what the risk desk found on every account.
final class RiskBoardWorker extends LearningWorker<RiskBoardWorker.Account> {
    /// What was found on an account.
    static final class Account {
        private int breaches;
        private int alerts;
        private int halts;
        private boolean halted;
        private int score;
        private int highestScore;
        private String profile = "";
    }

    /// What the risk desk found.
    ///
    /// @param halts how often trading was halted
    /// @param halted whether it is now
    /// @param profile the name of the profile in force
    record RiskView(int breaches, int alerts, int halts, boolean halted, int score, int highestScore, String profile) {}

    RiskBoardWorker(Surroundings surroundings) {
        super("desk-risk-board", surroundings, "Risk.*");
    }

    @Override
    Account nothingKnown(Member member) {
        return new Account();
    }

    @Override
    List<EventData> learn(Account account, DomainEvent event) {
        switch (data(event)) {
            case LimitBreached breach -> account.breaches++;
            case AlertTriggered alert -> account.alerts++;
            case TradingHalted halted -> {
                account.halts++;
                account.halted = true;
            }
            case TradingResumed resumed -> account.halted = false;
            case ProfileModified modified -> account.profile = modified.profile();
            case ScoreUpdated score -> {
                account.score = score.score();
                account.highestScore = Math.max(account.highestScore, score.score());
            }
            default -> throw new IllegalArgumentException("the risk board does not show " + event.type());
        }
        return List.of();
    }

    RiskView view(Member member) {
        return of(
                member.risk(),
                member,
                account -> new RiskView(
                        account.breaches,
                        account.alerts,
                        account.halts,
                        account.halted,
                        account.score,
                        account.highestScore,
                        account.profile));
    }
}
