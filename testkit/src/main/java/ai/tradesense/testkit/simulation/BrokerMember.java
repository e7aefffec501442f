package ai.tradesense.testkit.simulation;

import ai.tradesense.testkit.simulation.BrokerGroup.Share;
import ai.tradesense.testkit.simulation.Faults.Fault;
import ai.tradesense.testkit.simulation.LogRecord.Place;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransportException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// An instance in a group: what it has been told of its partitions, and what it is given of them.
final class BrokerMember implements Subscription {
    private final BrokerGroup group;
    private final SimulatedBroker broker;
    private final World world;
    private final Instance instance;
    private final Runnable signal;
    private final Map<Integer, Integer> told = new HashMap<>(); // the epoch of each partition it thinks it has
    private int losses;
    private boolean signalled;

    BrokerMember(BrokerGroup group, SimulatedBroker broker, Instance instance, Runnable signal) {
        this.group = group;
        this.broker = broker;
        this.world = broker.world();
        this.instance = instance;
        this.signal = signal;
    }

    Instance instance() {
        return instance;
    }

    /// Whether the instance may think that a partition is its own.
    boolean believesToOwn(Partition partition) {
        return told.containsKey(partition.number());
    }

    /// How often it was told that it has lost something.
    int losses() {
        return losses;
    }

    /// Signals, now or in a moment.
    void signalSoon() {
        if (!signalled) {
            signalled = true;
            Duration delay = Duration.ofMillis(Math.max(0, world.faults().choose(40) - 20));
            world.timers().after(delay, () -> {
                signalled = false;
                signal.run();
            });
        }
    }

    @Override
    public Poll poll(int maxEvents) {
        world.disturb(instance);
        if (world.faults().strikes(Fault.POLL_FAILS)) {
            world.trace().note(instance.name(), "poll of " + group.name() + " fails");
            throw new TransportException(SimulatedBroker.NAME, "cannot be polled", null);
        }
        List<Partition> lost = new ArrayList<>();
        List<Partition> assigned = new ArrayList<>();
        for (Share share : group.shares()) {
            Integer epoch = told.get(share.number());
            if (epoch != null && (!share.isOf(this) || share.epoch() != epoch || share.isMoving())) {
                told.remove(share.number());
                lost.add(share.partition());
            }
            if (share.isOf(this) && share.isMoving()) {
                share.letGo();
            }
            if (share.isOf(this) && !share.isMoving() && !told.containsKey(share.number())) {
                told.put(share.number(), share.epoch());
                assigned.add(share.partition());
            }
        }
        if (!lost.isEmpty()) {
            losses++;
            world.noteLoss();
        }
        List<Delivery> deliveries = take(maxEvents);
        if (!lost.isEmpty() || !assigned.isEmpty()) {
            world.trace().note(instance.name(), group.name() + " loses " + lost + " and gets " + assigned);
        }
        world.mayKill(instance);
        return new Poll(lost, assigned, deliveries);
    }

    private List<Delivery> take(int maxEvents) {
        List<Delivery> deliveries = new ArrayList<>();
        Set<String> heldBack = new HashSet<>();
        int first = world.faults().choose(broker.partitions());
        for (int i = 0; i < broker.partitions(); i++) {
            Share share = group.shares().get((first + i) % broker.partitions());
            if (told.containsKey(share.number())) {
                take(share, maxEvents, heldBack, deliveries);
            }
        }
        if (!heldBack.isEmpty()) {
            signalSoon();
        }
        return deliveries;
    }

    private void take(Share share, int maxEvents, Set<String> heldBack, List<Delivery> deliveries) {
        Iterator<Integer> pending = share.pending().iterator();
        while (pending.hasNext() && deliveries.size() < maxEvents) {
            LogRecord record = broker.records(share.number()).get(pending.next());
            if (heldBack.contains(record.subject()) || world.faults().strikes(Fault.HELD_BACK)) {
                heldBack.add(record.subject());
                continue;
            }
            pending.remove();
            Place place = new Place(record, share.epoch());
            world.trace().note(instance.name(), group.name() + " is given", record.about(), record.subject());
            deliveries.add(
                    record.event() != null
                            ? Delivery.of(place, record.event())
                            : Delivery.undecodable(place, java.util.Objects.requireNonNull(record.undecodable())));
        }
    }

    @Override
    public void settle(Collection<Delivery> done) {
        if (!instance.isAlive()) {
            return;
        }
        for (Delivery delivery : done) {
            settle((Place) delivery.receipt());
        }
    }

    private void settle(Place place) {
        LogRecord record = place.record();
        Share share = group.shares().get(record.partition().number());
        boolean current = share.isOf(this) && share.epoch() == place.epoch();
        world.trace()
                .note(
                        instance.name(),
                        group.name() + (current ? " settles" : " settles, too late,"),
                        record.about(),
                        record.subject());
        if (current) {
            world.invariants().settled(group, record);
            share.settle(record);
            if (!world.faults().strikes(Fault.COMMITS_LATE)) {
                share.commit();
            }
        }
    }

    @Override
    public long lag() {
        return group.outstanding();
    }

    @Override
    public void close() {
        if (instance.isAlive()) {
            told.clear();
            group.shares().stream().filter(share -> share.isOf(this)).forEach(Share::commit);
            group.remove(this);
        }
    }
}
