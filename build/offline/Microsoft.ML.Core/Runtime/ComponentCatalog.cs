using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>The classes that models can be read into, by load name, and the extensions of user assemblies, by contract name.</summary>
public sealed class ComponentCatalog
{
    private const BindingFlags AnyInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly object _lock = new();
    private readonly HashSet<string> _assemblies = new();
    private readonly Dictionary<(string Name, Type Signature), Func<IHostEnvironment, object[], object>> _factories = new();
    private readonly Dictionary<(Type Attribute, string Contract), Type> _extensions = new();

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_lock)
        {
            if (!_assemblies.Add(assembly.FullName))
                return;
            foreach (LoadableClassAttribute attribute in assembly.GetCustomAttributes<LoadableClassAttribute>())
                AddLoadableClass(attribute, throwOnError);
            if (!assembly.FullName.StartsWith("Microsoft.ML.", StringComparison.Ordinal))
                AddExtensions(assembly, throwOnError);
        }
    }

    internal bool TryCreateInstance(IHostEnvironment environment, string name, Type signature, object[] arguments, out object instance)
    {
        Func<IHostEnvironment, object[], object> factory;
        lock (_lock)
            _factories.TryGetValue((name.ToLowerInvariant().Trim(), signature), out factory);
        instance = factory?.Invoke(environment, arguments);
        return factory != null;
    }

    internal object GetExtensionValue(IHostEnvironment environment, Type attributeType, string contractName)
    {
        lock (_lock)
        {
            if (_extensions.TryGetValue((attributeType, contractName), out Type type))
                return Activator.CreateInstance(type);
        }
        throw environment.Except($"Unable to locate an extension for the contract '{contractName}'. Ensure you have called "
            + $"ComponentCatalog.RegisterAssembly with the Assembly that contains a class decorated with a '{attributeType.FullName}'.");
    }

    private void AddLoadableClass(LoadableClassAttribute attribute, bool throwOnError)
    {
        Type[] parameters = attribute.SignatureType.GetMethod("Invoke").GetParameters().Select(parameter => parameter.ParameterType).ToArray();
        Func<IHostEnvironment, object[], object> factory = FindFactory(attribute, parameters);
        if (factory == null)
        {
            if (throwOnError)
                throw Contracts.Except($"Can't instantiate loadable class '{attribute.InstanceType.Name}' with name '{attribute.LoadNames[0]}'");
            return;
        }
        foreach (string name in attribute.LoadNames)
        {
            if (!_factories.TryAdd((name.ToLowerInvariant(), attribute.SignatureType), factory) && throwOnError)
            {
                throw Contracts.Except($"ComponentCatalog cannot map name '{name}' and SignatureType '{attribute.SignatureType}' "
                    + $"to {attribute.InstanceType.Name}, already mapped.");
            }
        }
    }

    private static Func<IHostEnvironment, object[], object> FindFactory(LoadableClassAttribute attribute, Type[] parameters)
    {
        Type[] withEnvironment = [typeof(IHostEnvironment), .. parameters];
        Type loader = attribute.LoaderType;
        ConstructorInfo constructor = null;
        if (attribute.InstanceType.IsAssignableFrom(loader))
            constructor = loader.GetConstructor(AnyInstance, parameters) ?? loader.GetConstructor(AnyInstance, withEnvironment);
        MethodInfo create = loader.GetMethod("Create", AnyStatic, parameters) ?? loader.GetMethod("Create", AnyStatic, withEnvironment);
        if (create?.ReturnType != attribute.InstanceType)
            create = null;

        if (constructor != null && create != null)
        {
            int constructorAccess = Accessibility(constructor);
            int createAccess = Accessibility(create);
            if (constructorAccess == createAccess)
            {
                throw Contracts.Except($"Can't load type {attribute.InstanceType}, because it has both create and constructor methods with the same "
                    + "visibility. Please indicate which one should be used by changing either the signature or the visibility of one of them.");
            }
            if (constructorAccess > createAccess)
                create = null;
        }
        if (create != null)
            return Caller(create, (method, arguments) => method.Invoke(null, arguments));
        return constructor != null ? Caller(constructor, (method, arguments) => ((ConstructorInfo)method).Invoke(arguments)) : null;
    }

    private static Func<IHostEnvironment, object[], object> Caller(MethodBase method, Func<MethodBase, object[], object> invoke)
    {
        bool takesEnvironment = method.GetParameters() is [var first, ..] && first.ParameterType == typeof(IHostEnvironment);
        return (environment, arguments) =>
        {
            try
            {
                return invoke(method, takesEnvironment ? [environment, .. arguments] : arguments);
            }
            catch (TargetInvocationException exception) when (exception.InnerException?.IsMarked() == true)
            {
                throw Contracts.Except(null, exception, "Error during class instantiation");
            }
        };
    }

    private static int Accessibility(MethodBase method)
    {
        return (method.Attributes & MethodAttributes.MemberAccessMask) switch
        {
            MethodAttributes.FamANDAssem => 0,
            MethodAttributes.Private => 1,
            MethodAttributes.Family => 2,
            MethodAttributes.FamORAssem => 3,
            MethodAttributes.Assembly => 4,
            _ => 5,
        };
    }

    private void AddExtensions(Assembly assembly, bool throwOnError)
    {
        foreach (Type type in assembly.GetTypes().Where(type => type.IsClass))
        {
            foreach (ExtensionBaseAttribute attribute in type.GetCustomAttributes<ExtensionBaseAttribute>())
            {
                if (!_extensions.TryAdd((attribute.GetType(), attribute.ContractName), type) && throwOnError)
                {
                    throw Contracts.Except($"An extension for '{attribute.GetType().Name}' with contract '{attribute.ContractName}' "
                        + "has already been registered in the ComponentCatalog.");
                }
            }
        }
    }
}
