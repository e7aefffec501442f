package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime.Kind;
import ai.tradesense.testkit.SteppedRuntime;
import ai.tradesense.testkit.VirtualClock;
import ai.tradesense.testkit.simulation.Faults.Fault;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Everything that a run consists of: instances with their platforms, the broker and the store that they share, those
/// who publish, and what befalls them all.
final class World {
    private static final List<EventType> TYPES = List.of(
            EventType.parse("Trading.Order.Placed.v1"),
            EventType.parse("Trading.Order.Filled.v1"),
            EventType.parse("Risk.Limit.Breached.v1"),
            EventType.parse("Auth.User.LoggedIn.v1"));
    private static final URI SOURCE = URI.create("/publishers");
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final long seed;
    private final Random random;
    private final Setup setup;
    private final Experiment experiment;
    private final Set<Hazard> hazards;
    private final VirtualClock clock = new VirtualClock();
    private final Trace trace;
    private final Faults faults;
    private final Pauses pauses = new Pauses(clock);
    private final Timers timers = new Timers(clock);
    private final SteppedRuntime steps;
    private final SimulatedBroker broker;
    private final SimulatedParking parking;
    private final SimulatedSchedules schedules;
    private final Invariants invariants;
    private final AgentHandle watch;
    private final List<Instance> instances = new ArrayList<>();
    private final List<Publisher> publishers = new ArrayList<>();
    private final Map<String, Behaviour> behaviours = new HashMap<>();
    private final Set<String> confused = new HashSet<>();
    private int started;
    private boolean lossy;

    /// The run is over before its end.
    @SuppressWarnings("serial")
    static final class Stopped extends RuntimeException {
        Stopped() {
            super("an invariant does not hold", null, false, false);
        }
    }

    World(long seed, Experiment experiment, boolean written) {
        this.seed = seed;
        this.experiment = experiment;
        this.random = new Random(new SplittableRandom(seed).nextLong()); // neighbouring seeds are nothing alike
        this.hazards = drawn(experiment.hazards());
        this.setup = Setup.of(random, hazards);
        this.trace = written ? Trace.written(clock) : Trace.hashed(clock);
        this.faults = new Faults(random.nextLong());
        this.steps = new SteppedRuntime(clock, random.nextLong());
        this.broker = new SimulatedBroker(this);
        this.parking = new SimulatedParking(this);
        this.schedules = new SimulatedSchedules(this);
        this.invariants = new Invariants(this, experiment.checked());
        this.watch = steps.start(new Watch(), Kind.LOOP);
        steps.start(timers, Kind.LOOP);
    }

    /// Some of them: each in half of the runs.
    private Set<Hazard> drawn(Set<Hazard> possible) {
        Set<Hazard> drawn = EnumSet.noneOf(Hazard.class);
        for (Hazard hazard : Hazard.values()) {
            if (random.nextBoolean() && possible.contains(hazard)) {
                drawn.add(hazard);
            }
        }
        return drawn;
    }

    /// Ends the run as soon as an invariant does not hold.
    private final class Watch implements Agent {
        @Override
        public String name() {
            return "watch";
        }

        @Override
        public int doWork() {
            if (invariants.violation() != null) {
                throw new Stopped();
            }
            return 0;
        }
    }

    /// Plays the run to its end, or to the first invariant that does not hold.
    Invariants.@Nullable Violation play() {
        trace.note("world", setup + ", " + faults + ", " + hazards);
        try {
            begin();
            steps.advance(setup.unrest());
            calm();
            for (Duration waited = Duration.ZERO; !isAtRest() && waited.compareTo(PATIENCE) < 0; ) {
                steps.advance(LOOK);
                waited = waited.plus(LOOK);
            }
            invariants.atRest();
        } catch (IllegalStateException stopped) {
            if (stopped.getCause() == null) { // agents keep each other busy for ever
                invariants.neverRests(String.valueOf(stopped.getMessage()));
            } else if (!(stopped.getCause() instanceof Stopped)) {
                throw stopped;
            }
        } finally {
            List.copyOf(instances).forEach(Instance::kill);
        }
        return invariants.violation();
    }

    private void begin() {
        Instance outside = new Instance("publishers", this);
        outside.start(List.of(), random.nextLong());
        List<List<DomainEvent>> shares = new ArrayList<>();
        for (int publisher = 0; publisher < setup.publishers(); publisher++) {
            shares.add(new ArrayList<>());
        }
        int[] last = new int[setup.subjects()];
        for (int number = 0; number < setup.events(); number++) {
            int subject = random.nextInt(setup.subjects());
            shares.get(subject % setup.publishers()).add(event(subject, ++last[subject]));
        }
        for (List<DomainEvent> share : shares) {
            Publisher publisher = new Publisher(this, outside, share);
            publishers.add(publisher);
            outside.start(publisher, Kind.LOOP);
        }
        for (int instance = 0; instance < setup.instances(); instance++) {
            startInstance();
        }
        befall(setup.kills(), () -> someone().kill());
        befall(setup.stops(), this::stopSomeone);
        befall(setup.moves(), () -> broker.groups().forEach(BrokerGroup::share));
        befall(setup.pauses(), this::pauseSomeone);
        befall(setup.interventions(), new Operator(this)::act);
        befall(random.nextInt(3), () -> broker.storeBytes(random.nextInt(setup.partitions()), "{"));
        replace();
    }

    private DomainEvent event(int subject, int number) {
        return DomainEvent.builder(TYPES.get(random.nextInt(TYPES.size())))
                .id("s" + subject + "#" + number)
                .source(SOURCE)
                .subject("s" + subject)
                .time(VirtualClock.START)
                .build();
    }

    private void startInstance() {
        Instance instance = new Instance("p" + ++started, this);
        instances.add(instance);
        instance.start(setup.groups(), random.nextLong());
    }

    /// Has something happen at some moments of the unrest.
    private void befall(int times, Runnable what) {
        for (int time = 0; time < times; time++) {
            timers.after(faults.between(Duration.ZERO, setup.unrest()), what);
        }
    }

    /// Now and then starts an instance for one that has ended.
    private void replace() {
        instances.removeIf(instance -> instances.size() > 1 && !instance.isAlive());
        if (instances.size() < setup.instances() || !instances.getFirst().isAlive()) {
            startInstance();
        }
        timers.after(faults.between(Duration.ofMillis(100), Duration.ofSeconds(3)), this::replace);
    }

    private Instance someone() {
        return instances.get(random.nextInt(instances.size()));
    }

    private void stopSomeone() {
        Instance instance = someone();
        if (instance.isAlive() && instance.isCalm()) {
            instance.stop();
        }
    }

    private void pauseSomeone() {
        Instance instance = someone();
        if (instance.isAlive()) {
            String worker = setup.groups().getFirst().worker();
            trace.note(instance.name(), "is paused");
            instance.tradesense().workers().pause(worker);
            timers.after(faults.between(Duration.ofMillis(10), Duration.ofSeconds(3)), () -> {
                if (instance.isAlive()) {
                    trace.note(instance.name(), "goes on");
                    instance.tradesense().workers().resume(worker);
                }
            });
        }
    }

    /// Nothing goes wrong from now on.
    private void calm() {
        trace.note("world", "faults cease");
        faults.cease();
        if (instances.stream().noneMatch(Instance::isAlive)) {
            startInstance();
        }
    }

    private boolean isAtRest() {
        return publishers.stream().allMatch(Publisher::isDone)
                && schedules.unpublished().isEmpty()
                && setup.groups().stream()
                        .allMatch(group -> unrestOf(group).isEmpty()
                                && parking.owed(group.group()).isEmpty());
    }

    /// What keeps a group from being at rest, in words; empty if nothing does.
    String unrestOf(GroupSettings group) {
        int outstanding = broker.group(group.group()).outstanding();
        if (outstanding > 0) {
            return outstanding + " events are not settled";
        }
        for (Instance instance : instances) {
            if (instance.isAlive() && !instance.isCalm()) {
                return instance.name() + " is in the middle of something";
            }
            long inFlight = instance.isAlive() ? instance.inFlight(group) : 0;
            if (inFlight != 0) {
                return instance.name() + " has " + inFlight + " events in flight";
            }
        }
        return "";
    }

    /// A call that an instance makes: it may take a while, and be the last.
    void disturb(Instance instance) {
        instance.requireAlive();
        if (faults.strikes(Fault.CALL_IS_SLOW)) {
            pauses.pause(faults.between(Duration.ofMillis(1), Duration.ofMillis(60)));
        }
        mayKill(instance);
    }

    /// A moment at which an instance may die.
    void mayKill(Instance instance) {
        if (instances.contains(instance) && faults.strikes(Fault.KILLED_IN_CALL)) {
            instance.kill();
        }
        instance.requireAlive();
    }

    /// Whether any instance has ended or lost a partition, so that events may have been processed again.
    boolean hasLostAnything() {
        return lossy;
    }

    void noteLoss() {
        lossy = true;
    }

    void stop() {
        watch.wake();
    }

    Behaviour behaviour(GroupSettings group, DomainEvent event) {
        return behaviours.computeIfAbsent(
                group.worker() + " " + event.id(),
                key -> Behaviour.of(seed, setup.rates(), isExposedTo(Hazard.KILLERS), group, event.id()));
    }

    /// Whether the filter of a group fails on an event now.
    boolean confuses(GroupSettings group, DomainEvent event) {
        return behaviour(group, event).isConfusing() && confused.add(group.worker() + " " + event.id());
    }

    VirtualClock clock() {
        return clock;
    }

    Setup setup() {
        return setup;
    }

    Wiring wiring() {
        return experiment.wiring();
    }

    boolean isExposedTo(Hazard hazard) {
        return hazards.contains(hazard);
    }

    Trace trace() {
        return trace;
    }

    Faults faults() {
        return faults;
    }

    Pauses pauses() {
        return pauses;
    }

    Timers timers() {
        return timers;
    }

    SteppedRuntime steps() {
        return steps;
    }

    SimulatedBroker broker() {
        return broker;
    }

    SimulatedParking parking() {
        return parking;
    }

    SimulatedSchedules schedules() {
        return schedules;
    }

    Invariants invariants() {
        return invariants;
    }
}
