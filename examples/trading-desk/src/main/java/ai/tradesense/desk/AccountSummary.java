package ai.tradesense.desk;

import ai.tradesense.catalog.auth.Permission;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.evaluation.EvaluationStatus;
import java.math.BigDecimal;
import java.util.List;

/// What became of one account, from the read models.
///
/// @param account names the account within its run, for example `A007`
/// @param trader who traded it
/// @param strategy how
/// @param status where the trader stands
/// @param phase the phase of the last day
/// @param profit the equity at the end less the balance at the start
/// @param deepestDrawdown the largest loss since the highest equity until then, in percent
/// @param tradingDays days with a trade in the last phase
/// @param lots everything that was bought or sold
/// @param highestRiskScore from 0 to 100
/// @param expiredSessions sessions that the trader did not end
/// @param permissions what the trader may do in the end
public record AccountSummary(
        String account,
        String trader,
        String strategy,
        EvaluationStatus status,
        ChallengePhase phase,
        BigDecimal balance,
        BigDecimal equity,
        BigDecimal profit,
        BigDecimal deepestDrawdown,
        int tradingDays,
        int ordersPlaced,
        int ordersFilled,
        int ordersCancelled,
        int trades,
        int positionsOpened,
        int positionsModified,
        int positionsClosed,
        int positionsWithProfit,
        BigDecimal lots,
        BigDecimal commission,
        int limitBreaches,
        int alerts,
        int halts,
        int highestRiskScore,
        String riskProfile,
        int sessions,
        int expiredSessions,
        List<Permission> permissions) {}
