package ai.tradesense.events;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.ValueInstantiators;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.introspect.AnnotatedConstructor;
import tools.jackson.databind.module.SimpleModule;

/// Has Jackson call the constructors of records by a method handle that takes an array. Jackson itself adapts
/// its handle anew for every object it makes, which is a fifth of the time that reading an event takes.
final class RecordConstructors extends SimpleModule {
    private static final MethodType FROM_ARRAY = MethodType.methodType(Object.class, Object[].class);

    RecordConstructors() {
        super("record constructors");
    }

    @Override
    public void setupModule(SetupContext context) {
        super.setupModule(context);
        context.addValueInstantiators(new ValueInstantiators.Base() {
            @Override
            public ValueInstantiator modifyValueInstantiator(
                    DeserializationConfig config, BeanDescription.Supplier description, ValueInstantiator standard) {
                return description.getBeanClass().isRecord() ? faster(standard) : standard;
            }
        });
    }

    private static ValueInstantiator faster(ValueInstantiator standard) {
        if (standard instanceof StdValueInstantiator instantiator
                && instantiator.getWithArgsCreator() instanceof AnnotatedConstructor constructor) {
            MethodHandle handle = handle(constructor.getAnnotated());
            return handle == null ? standard : new ByHandle(instantiator, handle);
        }
        return standard;
    }

    /// A handle from an array of the components to the record; null where this module may not see the constructor.
    private static @Nullable MethodHandle handle(Constructor<?> constructor) {
        try {
            constructor.trySetAccessible();
            return MethodHandles.lookup()
                    .unreflectConstructor(constructor)
                    .asSpreader(Object[].class, constructor.getParameterCount())
                    .asType(FROM_ARRAY);
        } catch (IllegalAccessException notVisible) {
            return null;
        }
    }

    private static final class ByHandle extends StdValueInstantiator {
        private final transient MethodHandle handle;

        ByHandle(StdValueInstantiator standard, MethodHandle handle) {
            super(standard);
            this.handle = handle;
        }

        @Override
        public Object createFromObjectWith(DeserializationContext context, Object[] components) {
            try {
                return (Object) handle.invokeExact(components);
            } catch (Throwable refused) { // as the standard one does with what a constructor throws
                return context.handleInstantiationProblem(_valueClass, components, rewrapCtorProblem(context, refused));
            }
        }
    }
}
