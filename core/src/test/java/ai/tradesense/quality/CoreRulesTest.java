package ai.tradesense.quality;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.quality.fixture.Ambient;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The rules of `core` hold, and each of them fails where a fixture breaks it.
class CoreRulesTest {
    private static final String ROOT = "ai.tradesense";
    private static final String FIXTURE = "ai.tradesense.quality.fixture";

    private static final JavaClasses CORE = compiled(TradeSense.class);
    private static final JavaClasses BROKEN = new ClassFileImporter().importPackages(FIXTURE);

    private static JavaClasses compiled(Class<?> one) {
        try {
            return new ClassFileImporter()
                    .importPath(Path.of(one.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI()));
        } catch (URISyntaxException noPath) {
            throw new IllegalStateException(one + " was not loaded from a path", noPath);
        }
    }

    private static List<String> broken(ArchRule rule) {
        return rule.evaluate(BROKEN).getFailureReport().getDetails();
    }

    @Test
    void the_rules_look_at_all_of_core() {
        assertThat(CORE).extracting(JavaClass::getName).contains(TradeSense.class.getName());
        assertThat(CORE).hasSizeGreaterThan(50);
        assertThat(CORE).noneMatch(each -> each.getPackageName().startsWith("ai.tradesense.quality"));
    }

    @Test
    void core_depends_on_nothing_but_the_jdk_and_the_few_libraries_it_may_have() {
        CoreRules.libraries(ROOT).check(CORE);
    }

    @Test
    void a_dependency_on_another_library_is_found() {
        assertThat(broken(CoreRules.libraries(ROOT)))
                .hasSize(1)
                .allMatch(detail -> detail.contains("Ambient") && detail.contains("org.assertj.core.api.Assertions"));
    }

    @Test
    void packages_know_each_other_only_along_the_arrows() {
        CoreRules.arrows(ROOT).check(CORE);
    }

    @Test
    void every_package_of_core_has_its_arrows_written_down() {
        assertThat(CORE.stream()
                        .map(JavaClass::getPackageName)
                        .filter(name -> !name.equals(ROOT))
                        .map(name -> name.substring(ROOT.length() + 1))
                        .collect(Collectors.toSet()))
                .isEqualTo(CoreRules.ARROWS.keySet());
    }

    @Test
    void an_arrow_against_the_direction_is_found_and_so_is_one_of_an_unknown_package() {
        assertThat(broken(CoreRules.arrows(FIXTURE)))
                .anyMatch(detail -> detail.contains("events.KnowsTooMuch") && detail.contains("worker.Above"))
                .anyMatch(detail -> detail.contains("unheard.Stranger") && detail.contains("events.KnowsTooMuch"))
                .anyMatch(detail -> detail.contains("unheard.Stranger") && detail.contains("fixture.Ambient"))
                .noneMatch(detail -> detail.contains("worker.Above") && detail.contains("> depends on events"));
    }

    @Test
    void the_arrows_form_no_circle() {
        SlicesRuleDefinition.slices()
                .matching(ROOT + ".(*)..")
                .should()
                .beFreeOfCycles()
                .check(CORE);
        CoreRules.ARROWS.forEach(
                (from, targets) -> assertThat(reachable(targets)).as(from).doesNotContain(from));
    }

    private static List<String> reachable(java.util.Set<String> from) {
        return from.stream()
                .flatMap(each -> java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(each), reachable(CoreRules.ARROWS.get(each)).stream()))
                .distinct()
                .toList();
    }

    @Test
    void nothing_in_core_takes_time_chance_or_output_from_its_surroundings() {
        CoreRules.nothingAmbient().check(CORE);
        CoreRules.defaultsOnlyInTheBuilder(ROOT).check(CORE);
    }

    @Test
    void everything_taken_from_the_surroundings_is_found() {
        String found = String.join("\n", broken(CoreRules.nothingAmbient()));
        for (String ambient : Ambient.CALLS) {
            assertThat(found).contains(ambient);
        }
        assertThat(broken(CoreRules.nothingAmbient())).hasSameSizeAs(Ambient.CALLS);
        assertThat(broken(CoreRules.defaultsOnlyInTheBuilder(ROOT)))
                .hasSize(2)
                .anyMatch(detail -> detail.contains("InstantSource.system()"))
                .anyMatch(detail -> detail.contains("SecureRandom"));
    }
}
