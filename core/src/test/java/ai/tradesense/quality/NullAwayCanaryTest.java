package ai.tradesense.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/// Compiles with the arguments that the parent POM gives the compiler, and with the JVM options of the build, to
/// see that a null that is not looked at is refused. Were the check switched off by an accident, the build would
/// be as green as before; this test would not.
class NullAwayCanaryTest {
    private static final String CANARY = """
            package ai.tradesense.canary;

            import org.jspecify.annotations.NullMarked;
            import org.jspecify.annotations.Nullable;

            @NullMarked
            final class Canary {
                private Canary() {}

                static int length(@Nullable String text) {
                    return %s;
                }
            }
            """;

    @TempDir
    Path directory;

    @Test
    void a_nullable_that_is_dereferenced_is_refused_by_nullaway() throws Exception {
        Compilation compilation = compile(CANARY.formatted("text.length()"));

        assertThat(compilation.exitCode()).as(compilation.output()).isNotZero();
        assertThat(compilation.output()).contains("error: [NullAway] dereferenced expression 'text' is @Nullable");
    }

    @Test
    void the_same_code_with_a_check_compiles() throws Exception {
        Compilation compilation = compile(CANARY.formatted("text == null ? 0 : text.length()"));

        assertThat(compilation.output()).isEmpty();
        assertThat(compilation.exitCode()).isZero();
    }

    @Test
    void a_warning_of_error_prone_fails_the_build_as_well() throws Exception {
        Compilation compilation = compile(CANARY.formatted("text == null ? 0 : 1 << 2 + text.length()"));

        assertThat(compilation.exitCode()).as(compilation.output()).isNotZero();
        assertThat(compilation.output()).contains("[OperatorPrecedence]").contains("-Werror");
    }

    private record Compilation(int exitCode, String output) {}

    private Compilation compile(String source) throws Exception {
        Path file = directory.resolve("Canary.java");
        Files.writeString(file, source);
        Path jspecify = Path.of(Nullable.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "javac").toString());
        command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
        jvmOptions().forEach(option -> command.add("-J" + option));
        command.addAll(compilerArguments());
        command.addAll(List.of("-d", directory.resolve("classes").toString()));
        command.addAll(List.of("-classpath", jspecify.toString()));
        command.addAll(List.of("-processorpath", System.getProperty("java.class.path")));
        command.add(file.toString());
        Path output = directory.resolve("output");
        Process javac = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(javac.waitFor(2, TimeUnit.MINUTES)).as("javac ended").isTrue();
        } finally {
            javac.destroyForcibly();
        }
        return new Compilation(javac.exitValue(), Files.readString(output));
    }

    private static List<String> jvmOptions() {
        String options = HouseRules.read(HouseRules.repository().resolve(".mvn/jvm.config"));
        return Arrays.stream(options.split("\\s+"))
                .filter(option -> option.startsWith("--add-"))
                .toList();
    }

    /// What the parent POM gives the compiler for main code: the arguments of the plugin's own configuration.
    private static List<String> compilerArguments() {
        Element plugin = IntStream.range(0, plugins().getLength())
                .mapToObj(i -> (Element) plugins().item(i))
                .filter(each -> text(each, "artifactId").equals("maven-compiler-plugin"))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the parent POM does not configure the compiler"));
        NodeList arguments =
                ((Element) plugin.getElementsByTagName("compilerArgs").item(0)).getElementsByTagName("arg");
        List<String> texts = IntStream.range(0, arguments.getLength())
                .mapToObj(i -> arguments.item(i).getTextContent().strip())
                .toList();
        assertThat(texts).anyMatch(argument -> argument.contains("-Xep:NullAway:ERROR"));
        return texts;
    }

    private static NodeList plugins() {
        try {
            String pom = HouseRules.read(HouseRules.repository().resolve("pom.xml"));
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(pom)))
                    .getElementsByTagName("plugin");
        } catch (Exception unreadable) {
            throw new IllegalStateException("the parent POM cannot be read", unreadable);
        }
    }

    private static String text(Element element, String name) {
        return element.getElementsByTagName(name).item(0).getTextContent().strip();
    }
}
