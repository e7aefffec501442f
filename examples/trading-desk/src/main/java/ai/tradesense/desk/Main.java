package ai.tradesense.desk;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Start here: a trading desk on a platform in memory. It prints what became of every account.
///
/// ```java
/// try (TradeSense platform = TradeSense.builder().registry(EventCatalog.standard()).build();
///         TradingDesk desk = TradingDesk.start(platform, DeskSettings.of(Path.of("prices.csv")))) {
///     System.out.println(desk.await().table());
/// }
/// ```
@Command(
        name = "trading-desk",
        mixinStandardHelpOptions = true,
        description = "Runs prop-trading challenges on the platform and prints what became of every account.")
public final class Main implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--prices",
            paramLabel = "CSV",
            description = "Prices with the columns Time,Open,High,Low,Close,Volume; made up if not given.")
    private @Nullable Path prices;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "" + DeskSettings.DEFAULT_SEED,
            description = "What strategies and made-up prices are drawn from; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Option(
            names = "--accounts",
            paramLabel = "N",
            defaultValue = "" + DeskSettings.DEFAULT_ACCOUNTS,
            description = "How many traders there are; ${DEFAULT-VALUE} by default.")
    private int accounts;

    @Option(
            names = "--speed",
            paramLabel = "N|max",
            defaultValue = "max",
            description = "Bars per second; ${DEFAULT-VALUE} by default.")
    private String speed = "max";

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    Main() {}

    /// Exits with 0 if all went well, 1 if something failed, 2 if the options or the prices are not good.
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException {
        CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
        DeskSettings settings = settings(commandLine);
        try (TradeSense platform = TradeSense.builder()
                        .source("/trading-desk")
                        .registry(EventCatalog.standard())
                        .build();
                TradingDesk desk = TradingDesk.start(platform, settings)) {
            DeskResult result = desk.await();
            PrintWriter out = commandLine.getOut();
            out.println(json ? result.json() : result.table());
            out.flush();
        }
        return CommandLine.ExitCode.OK;
    }

    private DeskSettings settings(CommandLine commandLine) {
        try {
            DeskSettings onPrices =
                    prices != null ? DeskSettings.of(prices) : DeskSettings.generated(seed, DeskSettings.DEFAULT_BARS);
            return onPrices.withSeed(seed).withAccounts(accounts).withSpeed(speed);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(commandLine, wrong.getMessage(), wrong);
        }
    }
}
