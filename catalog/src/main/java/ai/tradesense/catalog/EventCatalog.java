package ai.tradesense.catalog;

import ai.tradesense.catalog.auth.PermissionGranted;
import ai.tradesense.catalog.auth.PermissionRevoked;
import ai.tradesense.catalog.auth.SessionExpired;
import ai.tradesense.catalog.auth.UserLoggedIn;
import ai.tradesense.catalog.auth.UserLoggedOut;
import ai.tradesense.catalog.auth.UserRegistered;
import ai.tradesense.catalog.challenge.ChallengeCompleted;
import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengeStarted;
import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.catalog.challenge.PhaseCompleted;
import ai.tradesense.catalog.evaluation.MetricCalculated;
import ai.tradesense.catalog.evaluation.ReportGenerated;
import ai.tradesense.catalog.evaluation.RuleViolated;
import ai.tradesense.catalog.evaluation.StatusChanged;
import ai.tradesense.catalog.risk.AlertTriggered;
import ai.tradesense.catalog.risk.LimitBreached;
import ai.tradesense.catalog.risk.ProfileModified;
import ai.tradesense.catalog.risk.ScoreUpdated;
import ai.tradesense.catalog.risk.TradingHalted;
import ai.tradesense.catalog.risk.TradingResumed;
import ai.tradesense.catalog.trading.OrderCancelled;
import ai.tradesense.catalog.trading.OrderFilled;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.PositionClosed;
import ai.tradesense.catalog.trading.PositionModified;
import ai.tradesense.catalog.trading.PositionOpened;
import ai.tradesense.catalog.trading.TradeExecuted;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.EventType;
import ai.tradesense.events.UnknownEventTypeException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Knows event types by their records: [#standard] those of the trading operation, [#of] any others. Data that
/// arrives as JSON must fit the schema that follows from the record, and the record's constructor must accept
/// it. Immutable.
public final class EventCatalog implements EventRegistry {
    private static final List<Class<? extends EventData>> STANDARD = List.of(
            OrderPlaced.class,
            OrderFilled.class,
            OrderCancelled.class,
            TradeExecuted.class,
            PositionOpened.class,
            PositionModified.class,
            PositionClosed.class,
            PnLUpdated.class,
            LimitBreached.class,
            AlertTriggered.class,
            ScoreUpdated.class,
            ProfileModified.class,
            TradingHalted.class,
            TradingResumed.class,
            ChallengeStarted.class,
            ChallengeCompleted.class,
            ChallengeFailed.class,
            PhaseCompleted.class,
            PhaseAdvanced.class,
            MetricsUpdated.class,
            UserRegistered.class,
            UserLoggedIn.class,
            UserLoggedOut.class,
            SessionExpired.class,
            PermissionGranted.class,
            PermissionRevoked.class,
            RuleViolated.class,
            MetricCalculated.class,
            ReportGenerated.class,
            StatusChanged.class);

    private final SortedMap<EventType, CatalogEntry> entries;
    private final SortedSet<EventType> types;

    private EventCatalog(Collection<Class<? extends EventData>> dataClasses) {
        SchemaWriter schemas = new SchemaWriter();
        SortedMap<EventType, CatalogEntry> byType = new TreeMap<>();
        for (Class<? extends EventData> dataClass : dataClasses) {
            CatalogEntry entry = new CatalogEntry(EventType.of(dataClass), dataClass, schemas);
            CatalogEntry other = byType.putIfAbsent(entry.type(), entry);
            if (other != null && other.dataClass() != dataClass) {
                throw new IllegalArgumentException(entry.type() + " has two records, "
                        + other.dataClass().getName() + " and " + dataClass.getName());
            }
        }
        this.entries = byType;
        this.types = Collections.unmodifiableSortedSet((SortedSet<EventType>) byType.keySet());
    }

    /// The 30 types of the trading operation.
    public static EventCatalog standard() {
        return new EventCatalog(STANDARD);
    }

    /// The types that these records stand for.
    ///
    /// @throws IllegalArgumentException if one bears no [ai.tradesense.events.EventName], or two bear the same
    @SafeVarargs
    @SuppressWarnings("varargs")
    public static EventCatalog of(Class<? extends EventData>... dataClasses) {
        return new EventCatalog(List.of(dataClasses));
    }

    /// This catalog and the types that these records stand for.
    ///
    /// @throws IllegalArgumentException as [#of]
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final EventCatalog with(Class<? extends EventData>... more) {
        return new EventCatalog(Stream.<Class<? extends EventData>>concat(
                        entries.values().stream().map(CatalogEntry::dataClass), Stream.of(more))
                .toList());
    }

    @Override
    public SortedSet<EventType> types() {
        return types;
    }

    @Override
    public @Nullable Class<? extends EventData> dataClass(EventType type) {
        CatalogEntry entry = entries.get(type);
        return entry == null ? null : entry.dataClass();
    }

    @Override
    public @Nullable String schema(EventType type) {
        CatalogEntry entry = entries.get(type);
        return entry == null ? null : entry.schema();
    }

    @Override
    public void validate(DomainEvent event) {
        CatalogEntry entry = entries.get(event.type());
        if (entry == null) {
            throw new UnknownEventTypeException(event.type(), SimilarType.hint(event.type(), types));
        }
        entry.validate(event);
    }
}
