package ai.tradesense.desk;

import ai.tradesense.catalog.evaluation.EvaluationStatus;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The result of a run, as the read models have it after every worker has seen every event. The same prices, seed and
/// accounts give the same result to the last byte, on every transport.
///
/// @param bars how many bars were traded through
/// @param seed what the strategies were drawn from
/// @param accounts by number
/// @param events how many events there were, by the name of their type
public record DeskResult(int bars, long seed, List<AccountSummary> accounts, SortedMap<String, Integer> events) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private static final String ROW = "%-6s %-17s %-10s %-13s %12s %9s %7s %6s %6s %6s %5s %4s%n";

    public DeskResult {
        accounts = List.copyOf(accounts);
        events = Collections.unmodifiableSortedMap(new TreeMap<>(events));
    }

    /// The result as JSON.
    public String json() {
        return MAPPER.writeValueAsString(this);
    }

    /// The result as a table for people.
    public String table() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                ROW,
                "ACCT",
                "TRADER",
                "STRATEGY",
                "STATUS",
                "EQUITY",
                "PROFIT%",
                "DRAWDN",
                "TRADES",
                "CLOSED",
                "WON",
                "HALTS",
                "RISK"));
        for (AccountSummary account : accounts) {
            text.append(String.format(
                    Locale.ROOT,
                    ROW,
                    account.account(),
                    account.trader(),
                    account.strategy(),
                    account.status(),
                    account.equity().toPlainString(),
                    account.profit().movePointLeft(3).setScale(2, RoundingMode.HALF_EVEN),
                    account.deepestDrawdown().setScale(2, RoundingMode.HALF_EVEN),
                    account.trades(),
                    account.positionsClosed(),
                    account.positionsWithProfit(),
                    account.halts(),
                    account.highestRiskScore()));
        }
        return text.append(totals()).toString();
    }

    private String totals() {
        StringBuilder text = new StringBuilder(System.lineSeparator());
        for (EvaluationStatus status : EvaluationStatus.values()) {
            long count = accounts.stream()
                    .filter(account -> account.status() == status)
                    .count();
            text.append(status).append(' ').append(count).append("  ");
        }
        text.append(System.lineSeparator());
        int total = events.values().stream().mapToInt(Integer::intValue).sum();
        text.append(String.format(Locale.ROOT, "%d bars, %d events of %d types%n", bars, total, events.size()));
        for (Map.Entry<String, Integer> entry : events.entrySet()) {
            text.append(String.format(Locale.ROOT, "  %-34s %8d%n", entry.getKey(), entry.getValue()));
        }
        return text.toString();
    }
}
