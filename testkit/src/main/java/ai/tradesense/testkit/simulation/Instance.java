package ai.tradesense.testkit.simulation;

import ai.tradesense.TradeSense;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.testkit.VirtualMeterClock;
import ai.tradesense.testkit.simulation.Pauses.Pausable;
import ai.tradesense.worker.WorkerStatus;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One process: a platform with its workers, which can be killed at any moment.
final class Instance implements AgentRuntime {
    private final String name;
    private final World world;
    private final List<Pausable> agents = new ArrayList<>();
    private final List<AgentHandle> handles = new ArrayList<>();
    private List<GroupSettings> groups = List.of();
    private @Nullable TradeSense tradesense;
    private boolean alive = true;

    Instance(String name, World world) {
        this.name = name;
        this.world = world;
    }

    /// Starts a platform and its workers, one for each group.
    ///
    /// @throws RuntimeException if transport or store do not answer
    void start(List<GroupSettings> groups, long randomSeed) {
        this.groups = groups;
        TradeSense started = TradeSense.builder()
                .source("/simulation")
                .clock(world.clock())
                .runtime(this)
                .limits(world.setup().limits())
                .meters(new CompositeMeterRegistry(new VirtualMeterClock(world.clock()))) // keeps nothing
                .instance(name)
                .random(new SplittableRandom(randomSeed))
                .transport(world.wiring().transport(name, world.broker().connect(this)))
                .parking(world.wiring().parking(world.parking().connect(this)))
                .schedules(world.schedules().connect(this))
                .build();
        tradesense = started;
        for (GroupSettings group : groups) {
            started.register(world.wiring().worker(SimulatedWorker.of(group, this, world)));
        }
        world.trace().note(name, "started");
    }

    String name() {
        return name;
    }

    TradeSense tradesense() {
        TradeSense started = tradesense;
        if (started == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return started;
    }

    boolean isAlive() {
        return alive;
    }

    /// @throws Pauses.InstanceDied if it was killed
    void requireAlive() {
        if (!alive) {
            throw new Pauses.InstanceDied(name);
        }
    }

    /// Whether no step of an agent is under way.
    boolean isCalm() {
        return agents.stream().noneMatch(Pausable::isPaused);
    }

    /// How many events its worker has taken and is not done with.
    long inFlight(GroupSettings group) {
        return tradesense()
                .workers()
                .worker(group.worker())
                .map(WorkerStatus::inFlight)
                .orElse(0L);
    }

    /// Ends at once: nothing of it is ever called again.
    void kill() {
        if (alive) {
            alive = false;
            world.trace().note(name, "KILLED");
            world.noteLoss();
            end();
            world.broker().died(this);
        }
    }

    /// Ends in good order.
    void stop() {
        world.trace().note(name, "stops");
        world.noteLoss(); // whoever comes next does not know what was processed here
        try {
            for (GroupSettings group : groups) {
                tradesense().workers().deregister(group.worker());
            }
            tradesense().close();
            alive = false;
            end();
        } catch (Pauses.InstanceDied died) {
            // killed while it closed
        }
    }

    /// Steps are in the middle of what they do when an instance ends, so its agents are taken out after them.
    private void end() {
        agents.forEach(Pausable::abandon);
        world.timers().after(Duration.ZERO, () -> handles.forEach(AgentHandle::close));
    }

    @Override
    public AgentHandle start(Agent agent, Kind kind) {
        Pausable pausable = world.pauses().pausable(agent, this);
        AgentHandle handle = world.steps().start(pausable, kind);
        agents.add(pausable);
        handles.add(handle);
        return new AgentHandle() {
            @Override
            public void wake() {
                handle.wake();
            }

            @Override
            public void close() {
                pausable.close();
            }
        };
    }

    @Override
    public void close() {}
}
