package ai.tradesense.server;

import ai.tradesense.TradeSense;
import ai.tradesense.desk.DeskSettings;
import ai.tradesense.desk.TradingDesk;
import ai.tradesense.desk.prices.PriceFileException;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.config.StartupException;
import ai.tradesense.store.EventStore;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Runs the trading desk, if the configuration says so: from when the server can be seen until before it stops.
@Component
final class Demo implements SmartLifecycle {
    private final TradeSense platform;
    private final EventStore store;
    private final @Nullable DeskSettings settings;
    private @Nullable TradingDesk desk;

    Demo(TradeSense platform, EventStore store, Settings settings) {
        this.platform = platform;
        this.store = store;
        this.settings = settings.demo().enabled() ? deskSettings(settings.demo()) : null;
    }

    /// What the desk needs to know.
    ///
    /// @throws StartupException if there are no good prices, or a number is out of range
    static DeskSettings deskSettings(Settings.Demo demo) {
        Path prices = demo.prices();
        try {
            DeskSettings settings = prices == null
                    ? DeskSettings.generated(demo.seed(), DeskSettings.DEFAULT_BARS)
                    : DeskSettings.of(prices).withSeed(demo.seed());
            return settings.withAccounts(demo.accounts()).withSpeed(demo.speed());
        } catch (PriceFileException unreadable) {
            throw new StartupException("tradesense.demo.prices: " + unreadable.getMessage() + ".", unreadable);
        } catch (IllegalArgumentException outOfRange) {
            throw new StartupException("tradesense.demo." + outOfRange.getMessage() + ".", outOfRange);
        }
    }

    /// A log that has seen another run has another head than it had then, so the name is new.
    @Override
    public synchronized void start() {
        if (settings != null && desk == null) {
            desk = TradingDesk.start(platform, settings.withRun("run-" + store.head()));
        }
    }

    @Override
    public synchronized void stop() {
        if (desk != null) {
            desk.close();
            desk = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return desk != null;
    }
}
