package ai.tradesense.desk;

import ai.tradesense.catalog.trading.OrderCancelled;
import ai.tradesense.catalog.trading.OrderFilled;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.PositionClosed;
import ai.tradesense.catalog.trading.PositionModified;
import ai.tradesense.catalog.trading.PositionOpened;
import ai.tradesense.catalog.trading.TradeExecuted;
import ai.tradesense.desk.firm.ChallengeRules;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.firm.Money;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import java.math.BigDecimal;
import java.util.List;

/// The read model of positions and profit: what every account has traded and what it is worth.
final class PortfolioWorker extends LearningWorker<PortfolioWorker.Account> {
    /// What an account has traded so far.
    static final class Account {
        private int ordersPlaced;
        private int ordersFilled;
        private int ordersCancelled;
        private int trades;
        private int positionsOpened;
        private int positionsModified;
        private int positionsClosed;
        private int positionsWithProfit;
        private BigDecimal lots = BigDecimal.ZERO.setScale(2);
        private BigDecimal commission = BigDecimal.ZERO.setScale(2);
        private BigDecimal balance = ChallengeRules.STARTING_BALANCE;
        private BigDecimal equity = ChallengeRules.STARTING_BALANCE;
        private BigDecimal highestEquity = ChallengeRules.STARTING_BALANCE;
        private BigDecimal deepestDrawdown = BigDecimal.ZERO.setScale(4);
    }

    /// What an account has traded and what it is worth.
    ///
    /// @param lots everything that was bought or sold, in lots
    /// @param deepestDrawdown the largest loss since an equity that was the highest until then, in percent
    record Portfolio(
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
            BigDecimal balance,
            BigDecimal equity,
            BigDecimal deepestDrawdown) {}

    PortfolioWorker(Surroundings surroundings) {
        super("desk-portfolio", surroundings, "Trading.*");
    }

    @Override
    Account nothingKnown(Member member) {
        return new Account();
    }

    @Override
    List<EventData> learn(Account account, DomainEvent event) {
        switch (data(event)) {
            case OrderPlaced placed -> account.ordersPlaced++;
            case OrderFilled filled -> account.ordersFilled++;
            case OrderCancelled cancelled -> account.ordersCancelled++;
            case TradeExecuted trade -> {
                account.trades++;
                account.lots = account.lots.add(trade.quantity());
                account.commission = account.commission.add(trade.commission());
            }
            case PositionOpened opened -> account.positionsOpened++;
            case PositionModified modified -> account.positionsModified++;
            case PositionClosed closed -> {
                account.positionsClosed++;
                account.positionsWithProfit += closed.realizedPnl().signum() > 0 ? 1 : 0;
            }
            case PnLUpdated valuation -> value(account, valuation);
            default -> throw new IllegalArgumentException("a portfolio does not depend on " + event.type());
        }
        return List.of();
    }

    private static void value(Account account, PnLUpdated valuation) {
        account.balance = valuation.balance();
        account.equity = valuation.equity();
        account.highestEquity = account.highestEquity.max(valuation.equity());
        account.deepestDrawdown = account.deepestDrawdown.max(Money.loss(account.highestEquity, valuation.equity()));
    }

    Portfolio portfolio(Member member) {
        return of(
                member.trading(),
                member,
                account -> new Portfolio(
                        account.ordersPlaced,
                        account.ordersFilled,
                        account.ordersCancelled,
                        account.trades,
                        account.positionsOpened,
                        account.positionsModified,
                        account.positionsClosed,
                        account.positionsWithProfit,
                        account.lots,
                        account.commission,
                        account.balance,
                        account.equity,
                        account.deepestDrawdown));
    }
}
