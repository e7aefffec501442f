package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.bus.Limits;
import ai.tradesense.control.ControlStore;
import ai.tradesense.events.Upcasters;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// What workers run on.
///
/// @param bus where workers publish
/// @param replayBus where they publish while an event is replayed
/// @param control where instances share the orders of operators; null if there is none but this
/// @param instance names this platform among those that share its parking store
public record Platform(
        Transport transport,
        ParkingStore parking,
        ScheduleStore schedules,
        @Nullable ControlStore control,
        Upcasters upcasters,
        EventBus bus,
        EventBus replayBus,
        AgentRuntime runtime,
        InstantSource clock,
        Limits limits,
        MeterRegistry meters,
        Randomness randomness,
        String instance) {}
