package ai.tradesense.quality;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The rules that hold in `core`, as values, so that they can be put to fixtures that break them.
final class CoreRules {
    /// Which package may know which. The root package, which puts everything together, may know all of them.
    static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("events", Set.of()),
            Map.entry("runtime", Set.of()),
            Map.entry("control", Set.of()),
            Map.entry("retry", Set.of("events")),
            Map.entry("codec", Set.of("events")),
            Map.entry("transport", Set.of("events", "codec")),
            Map.entry("parking", Set.of("events", "transport")),
            Map.entry("operations", Set.of("events", "codec", "runtime", "parking")),
            Map.entry("retention", Set.of("runtime")),
            Map.entry(
                    "store",
                    Set.of("events", "codec", "runtime", "transport", "parking", "operations", "control", "retention")),
            Map.entry("bus", Set.of("events", "transport")),
            Map.entry("aggregate", Set.of("events", "retry", "transport", "bus", "store", "worker")),
            Map.entry(
                    "worker",
                    Set.of(
                            "control",
                            "events",
                            "codec",
                            "retry",
                            "runtime",
                            "transport",
                            "operations",
                            "parking",
                            "store",
                            "bus")));

    private static final List<String> ALLOWED_LIBRARIES = List.of(
            "java.",
            "org.slf4j.",
            "tools.jackson.",
            "com.fasterxml.jackson.annotation.",
            "io.micrometer.",
            "org.jspecify.",
            "io.github.resilience4j.");

    /// Where the time, the thread or chance comes from without anybody having been asked.
    private static final Set<String> AMBIENT = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.lang.System.nanoTime",
            "java.lang.System.out",
            "java.lang.System.err",
            "java.lang.Thread.sleep",
            "java.util.concurrent.TimeUnit.sleep",
            "java.lang.Math.random",
            "java.lang.StrictMath.random",
            "java.util.UUID.randomUUID",
            "java.util.concurrent.ThreadLocalRandom.current",
            "java.util.random.RandomGenerator.getDefault");

    /// Constructors that, without an argument, take the time or chance from nowhere.
    private static final Set<String> AMBIENT_WHEN_EMPTY =
            Set.of("java.util.Date", "java.util.Random", "java.util.SplittableRandom");

    private CoreRules() {}

    /// Only the libraries that `core` may have.
    static ArchRule libraries(String root) {
        return ArchRuleDefinition.classes()
                .should(haveOnlyDependencies("on the JDK, " + ALLOWED_LIBRARIES + " and itself", dependency -> {
                    String target =
                            dependency.getTargetClass().getBaseComponentType().getName();
                    return dependency.getTargetClass().getBaseComponentType().isPrimitive()
                            || target.startsWith(root + ".")
                            || ALLOWED_LIBRARIES.stream().anyMatch(target::startsWith);
                }));
    }

    /// Only the arrows between packages that are written down in [#ARROWS].
    static ArchRule arrows(String root) {
        return ArchRuleDefinition.classes()
                .that(new DescribedPredicate<>("are below " + root) {
                    @Override
                    public boolean test(JavaClass each) {
                        return each.getPackageName().startsWith(root + ".");
                    }
                })
                .should(haveOnlyDependencies("along the arrows", dependency -> {
                    String target =
                            dependency.getTargetClass().getBaseComponentType().getPackageName();
                    String from = dependency.getOriginClass().getPackageName();
                    return !(target + ".").startsWith(root + ".")
                            || target.equals(from)
                            || isArrow(from.substring(root.length() + 1), target.substring(root.length()));
                }));
    }

    private static boolean isArrow(String from, String target) {
        return !target.isEmpty() && ARROWS.getOrDefault(from, Set.of()).contains(target.substring(1));
    }

    private static ArchCondition<JavaClass> haveOnlyDependencies(
            String description, java.util.function.Predicate<Dependency> allowed) {
        return new ArchCondition<>("depend only " + description) {
            @Override
            public void check(JavaClass each, ConditionEvents events) {
                for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
                    if (!allowed.test(dependency)) {
                        events.add(SimpleConditionEvent.violated(each, dependency.getDescription()));
                    }
                }
            }
        };
    }

    /// Time, chance and output come from what was handed over, never from the surroundings.
    static ArchRule nothingAmbient() {
        return ArchRuleDefinition.noClasses().should().accessTargetWhere(accessing("something ambient", access -> {
            String owner = access.getTargetOwner().getName();
            String name = access.getTarget().getName();
            boolean now = owner.startsWith("java.time.") && name.equals("now");
            boolean systemClock =
                    owner.equals("java.time.Clock") && (name.startsWith("system") || name.startsWith("tick"));
            boolean stackTrace = name.equals("printStackTrace")
                    && access.getTarget().getFullName().endsWith("printStackTrace()");
            boolean empty = AMBIENT_WHEN_EMPTY.contains(owner)
                    && access.getTarget().getFullName().endsWith(JavaConstructor.CONSTRUCTOR_NAME + "()");
            return now || systemClock || stackTrace || empty || AMBIENT.contains(owner + "." + name);
        }));
    }

    /// The one place that may choose the system's clock and the system's randomness is the builder.
    static ArchRule defaultsOnlyInTheBuilder(String root) {
        return ArchRuleDefinition.noClasses()
                .that()
                .doNotHaveFullyQualifiedName(root + ".TradeSense")
                .and()
                .doNotHaveFullyQualifiedName(root + ".TradeSense$Builder")
                .should()
                .accessTargetWhere(accessing("the system's clock or randomness", access -> {
                    String owner = access.getTargetOwner().getName();
                    return (owner.equals("java.time.InstantSource")
                                    && access.getTarget().getName().equals("system"))
                            || owner.equals("java.security.SecureRandom");
                }));
    }

    private static DescribedPredicate<JavaAccess<?>> accessing(
            String what, java.util.function.Predicate<JavaAccess<?>> predicate) {
        return new DescribedPredicate<>(what) {
            @Override
            public boolean test(JavaAccess<?> access) {
                return predicate.test(access);
            }
        };
    }
}
