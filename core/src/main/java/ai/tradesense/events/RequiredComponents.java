package ai.tradesense.events;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;

/// Takes the components of a record at their word: what is not [Nullable] in code that is [NullMarked] must be
/// there and must not be null. Primitives always must. Records outside such code may lack anything else.
final class RequiredComponents extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
        return isRequired(member) ? Boolean.TRUE : super.hasRequiredMarker(config, member);
    }

    @Override
    public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated annotated) {
        JsonSetter.Value explicit = super.findSetterInfo(config, annotated);
        return isRequired(annotated) && explicit.nonDefaultValueNulls() == null
                ? explicit.withValueNulls(Nulls.FAIL)
                : explicit;
    }

    private static boolean isRequired(Annotated annotated) {
        if (!(annotated instanceof AnnotatedParameter parameter)
                || !parameter.getDeclaringClass().isRecord()) {
            return false;
        }
        if (parameter.getRawType().isPrimitive()) {
            return true;
        }
        return parameter.getOwner().getAnnotated() instanceof Executable executable
                && isNullMarked(parameter.getDeclaringClass())
                && !executable.getAnnotatedParameterTypes()[parameter.getIndex()].isAnnotationPresent(Nullable.class);
    }

    private static boolean isNullMarked(Class<?> type) {
        for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
            if (decides(each)) {
                return each.isAnnotationPresent(NullMarked.class);
            }
        }
        Package itsPackage = type.getPackage();
        if (itsPackage != null && decides(itsPackage)) {
            return itsPackage.isAnnotationPresent(NullMarked.class);
        }
        return type.getModule().isAnnotationPresent(NullMarked.class);
    }

    private static boolean decides(AnnotatedElement scope) {
        return scope.isAnnotationPresent(NullMarked.class) || scope.isAnnotationPresent(NullUnmarked.class);
    }
}
