package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import ai.tradesense.worker.ScheduledTick;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

/// A transport whose subscriptions do something wrong, in place of a dispatcher that did.
class BrokenTransport implements Transport {
    private final Transport transport;
    private final UnaryOperator<Subscription> broken;

    private BrokenTransport(Transport transport, UnaryOperator<Subscription> broken) {
        this.transport = transport;
        this.broken = broken;
    }

    /// Passes everything on, until a method is overridden.
    private static class Passing implements Subscription {
        final Subscription subscription;

        Passing(Subscription subscription) {
            this.subscription = subscription;
        }

        @Override
        public Poll poll(int maxEvents) {
            Poll poll = subscription.poll(maxEvents);
            return new Poll(poll.lost(), poll.assigned(), changed(new ArrayList<>(poll.deliveries())));
        }

        List<Delivery> changed(List<Delivery> deliveries) {
            return deliveries;
        }

        @Override
        public void settle(Collection<Delivery> done) {
            subscription.settle(done);
        }

        @Override
        public long lag() {
            return subscription.lag();
        }

        @Override
        public void close() {
            subscription.close();
        }
    }

    static Transport settlingWhatIsPolled(Transport transport) {
        return new BrokenTransport(transport, subscription -> new Passing(subscription) {
            @Override
            List<Delivery> changed(List<Delivery> deliveries) {
                settle(deliveries);
                return deliveries;
            }
        });
    }

    /// As soon as anything is done, everything that was polled counts as done.
    static Transport committingThePolledPosition(Transport transport) {
        return new BrokenTransport(transport, subscription -> new Passing(subscription) {
            private final List<Delivery> polled = new ArrayList<>();

            @Override
            List<Delivery> changed(List<Delivery> deliveries) {
                polled.addAll(deliveries);
                return deliveries;
            }

            @Override
            public void settle(Collection<Delivery> done) {
                super.settle(polled);
                polled.clear();
            }
        });
    }

    static Transport droppingOneInTwenty(Transport transport) {
        return new BrokenTransport(transport, subscription -> new Passing(subscription) {
            private int delivered;

            @Override
            List<Delivery> changed(List<Delivery> deliveries) {
                deliveries.removeIf(delivery -> ++delivered % 20 == 0);
                return deliveries;
            }
        });
    }

    /// Says that it filters duplicates and does not.
    static Transport deliveringTwice(Transport transport) {
        return new BrokenTransport(transport, subscription -> new Passing(subscription) {
            @Override
            List<Delivery> changed(List<Delivery> deliveries) {
                deliveries.addAll(List.copyOf(deliveries));
                return deliveries;
            }
        }) {
            @Override
            public boolean filtersDuplicates() {
                return true;
            }
        };
    }

    /// Each instance gives the ticks of a schedule ids of its own.
    static Transport tickingUnderIdsOfItsOwn(String instance, Transport transport) {
        return new BrokenTransport(transport, UnaryOperator.identity()) {
            @Override
            public List<Published> send(List<DomainEvent> events) {
                return super.send(events.stream()
                        .map(event -> isTick(event) ? renamed(event, event.id() + " of " + instance) : event)
                        .toList());
            }
        };
    }

    /// Says that it has the ticks of a schedule and does not.
    static Transport sendingNoTicks(Transport transport) {
        return new BrokenTransport(transport, UnaryOperator.identity()) {
            @Override
            public List<Published> send(List<DomainEvent> events) {
                super.send(events.stream().filter(event -> !isTick(event)).toList());
                return events.stream()
                        .map(event -> new Published(event.id(), false))
                        .toList();
            }
        };
    }

    private static boolean isTick(DomainEvent event) {
        return event.type().name().equals(ScheduledTick.TYPE);
    }

    static Transport inventingEvents(Transport transport) {
        return new BrokenTransport(transport, subscription -> new Passing(subscription) {
            @Override
            List<Delivery> changed(List<Delivery> deliveries) {
                deliveries.replaceAll(delivery -> {
                    DomainEvent event = delivery.event();
                    return event == null ? delivery : Delivery.of(delivery.receipt(), invented(event));
                });
                return deliveries;
            }
        });
    }

    private static DomainEvent invented(DomainEvent event) {
        return renamed(event, event.id() + " of nobody");
    }

    private static DomainEvent renamed(DomainEvent event, String id) {
        return DomainEvent.builder(event.type())
                .id(id)
                .data(event.data())
                .source(event.source())
                .subject(event.subject())
                .time(event.time())
                .build();
    }

    static Transport deliveringNewestFirst(Transport transport) {
        return new BrokenTransport(transport, subscription -> new Passing(subscription) {
            @Override
            List<Delivery> changed(List<Delivery> deliveries) {
                return deliveries.reversed();
            }
        });
    }

    /// Never says that a partition is lost, so that its owner goes on.
    static Transport hidingLosses(Transport transport) {
        return new BrokenTransport(transport, subscription -> new Passing(subscription) {
            @Override
            public Poll poll(int maxEvents) {
                Poll poll = subscription.poll(maxEvents);
                return new Poll(List.of(), poll.assigned(), poll.deliveries());
            }
        });
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        return broken.apply(transport.subscribe(membership, signal));
    }

    @Override
    public String name() {
        return transport.name();
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        return transport.send(events);
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return transport.partitionOf(domain, subject);
    }

    @Override
    public boolean handsOverObjects() {
        return transport.handsOverObjects();
    }

    @Override
    public boolean filtersDuplicates() {
        return transport.filtersDuplicates();
    }

    @Override
    public TransportHealth health() {
        return transport.health();
    }

    @Override
    public void close() {
        transport.close();
    }
}
