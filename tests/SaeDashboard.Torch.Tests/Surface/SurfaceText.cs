using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SaeDashboard.Torch.Tests.Surface;

/// <summary>Writes the public members of a type as the lines of Golden/torchsharp-0.107-api.txt do.</summary>
internal static class SurfaceText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short",
        [typeof(int)] = "int", [typeof(long)] = "long", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(string)] = "string",
        [typeof(object)] = "object", [typeof(nint)] = "nint",
    };

    /// <summary>Every line of a type: "torch.Tensor :: torch.Tensor abs()".</summary>
    internal static IEnumerable<string> Lines(Type type) => Members(type).Select(member => $"{Name(type)} :: {member}");

    /// <summary>A type's name as the list writes it.</summary>
    internal static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        if (type.IsGenericParameter) return type.Name;
        var arguments = type.GetGenericArguments().Select(Name).ToArray();
        if (type.FullName is null || type.IsGenericType)
        {
            if (typeof(ITuple).IsAssignableFrom(type)) return "(" + string.Join(", ", arguments) + ")";
            return Plain(type.GetGenericTypeDefinition()) + "<" + string.Join(", ", arguments) + ">";
        }
        return Plain(type);
    }

    private static string Plain(Type type)
    {
        var name = type.Name.Split('`')[0];
        if (type.DeclaringType is { } outer) return Plain(outer) + "." + name;
        var inside = type.Namespace is { } space && space.StartsWith("TorchSharp.", StringComparison.Ordinal)
            ? space["TorchSharp.".Length..] + "." : "";
        return inside + name;
    }

    private static IEnumerable<string> Members(Type type)
    {
        yield return Kind(type);
        if (type.IsEnum)
        {
            yield return "values " + string.Join(", ",
                type.GetFields(BindingFlags.Public | BindingFlags.Static).OrderBy(f => f.MetadataToken).Select(f => f.Name));
            yield break;
        }
        foreach (var field in type.GetFields(Declared))
            yield return $"field {(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}";
        foreach (var constructor in type.GetConstructors(BindingFlags.Public | BindingFlags.Instance))
            if (!type.IsValueType || constructor.GetParameters().Length > 0)
                yield return $"new({Parameters(constructor)})";
        foreach (var property in type.GetProperties(Declared)) yield return Property(property);
        foreach (var happening in type.GetEvents(Declared)) yield return $"event {Name(happening.EventHandlerType!)} {happening.Name}";
        foreach (var method in type.GetMethods(Declared))
            if (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
                yield return Method(method);
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum) return "enum";
        if (type.IsValueType) return "struct";
        if (type.IsInterface) return "interface";
        if (type.IsAbstract && type.IsSealed) return "static class";
        var kind = type.IsAbstract ? "abstract class" : "class";
        return type.BaseType is null || type.BaseType == typeof(object) ? kind : $"{kind} : {Name(type.BaseType)}";
    }

    private static string Property(PropertyInfo property)
    {
        var getter = property.GetGetMethod();
        var setter = property.GetSetMethod();
        var index = property.GetIndexParameters().Length == 0 ? "" : "[" + string.Join(", ",
            property.GetIndexParameters().Select(Parameter)) + "]";
        return $"property {((getter ?? setter)!.IsStatic ? "static " : "")}{Name(property.PropertyType)} {property.Name}{index} " +
            $"{{{(getter is null ? "" : "get;")}{(setter is null ? "" : "set;")}}}";
    }

    private static string Method(MethodInfo method)
    {
        var generics = method.IsGenericMethod ? "<" + string.Join(", ", method.GetGenericArguments().Select(a => a.Name)) + ">" : "";
        return $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}{generics}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : parameter.IsOut ? "out "
            : parameter.ParameterType.IsByRef ? parameter.IsIn ? "in " : "ref " : "";
        var fallback = parameter.HasDefaultValue ? " = " + Default(parameter) : "";
        return $"{prefix}{Name(parameter.ParameterType)} {parameter.Name}{fallback}";
    }

    private static string Default(ParameterInfo parameter)
    {
        var value = parameter.DefaultValue;
        if (value is null) return parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null
            ? "default" : "null";
        if (parameter.ParameterType.IsEnum) return Enum.ToObject(parameter.ParameterType, value).ToString()!;
        return value switch
        {
            bool truth => truth ? "true" : "false",
            string text => $"\"{text}\"",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }
}
