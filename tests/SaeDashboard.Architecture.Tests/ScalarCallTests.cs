using Mono.Cecil;

namespace SaeDashboard.Architecture.Tests;

/// <summary>
/// Our assemblies call no operation of TorchSharp that takes a number or makes one (<c>x.add(y)</c> makes the factor 1): only
/// <c>ScalarOperations</c> does, which keeps the number until the call has returned.
/// </summary>
public class ScalarCallTests
{
    private const string Allowed = "ScalarOperations";
    private static readonly string Worker = Path.Combine(Repository.Root, "artifacts", "bin", "SaeDashboard.Worker", "release");

    [Fact]
    public void Only_ScalarOperations_gives_numbers_to_torch()
    {
        using var torchSharp = ModuleDefinition.ReadModule(Path.Combine(Worker, "TorchSharp.dll"));
        var makers = Makers(torchSharp);
        Assert.Contains("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::add(TorchSharp.torch/Tensor)", makers);
        var offences = new List<string>();
        var calls = 0;
        foreach (var path in Directory.GetFiles(Worker, "SaeDashboard.*.dll"))
        {
            using var module = ModuleDefinition.ReadModule(path);
            foreach (var method in Types(module).Where(type => type.Name != Allowed).SelectMany(type => type.Methods))
            {
                foreach (var called in Calls(method).Where(called => called.DeclaringType.Scope.Name == "TorchSharp"))
                {
                    calls++;
                    if (makers.Contains(called.FullName) || (!IsScalar(called.DeclaringType) && called.Parameters.Any(parameter => IsScalar(parameter.ParameterType))))
                        offences.Add($"{method.FullName} calls {called.FullName}: use {Allowed}");
                }
            }
        }
        Assert.InRange(calls, 1000, int.MaxValue);
        Assert.Empty(offences);
    }

    /// <summary>TorchSharp's methods that make a scalar, themselves or through another one.</summary>
    private static HashSet<string> Makers(ModuleDefinition torchSharp)
    {
        var calls = Types(torchSharp).SelectMany(type => type.Methods).Where(method => method.HasBody).ToDictionary(method => method.FullName, method => Calls(method).ToArray());
        var makers = new HashSet<string>();
        int before;
        do
        {
            before = makers.Count;
            foreach (var (name, called) in calls)
            {
                if (called.Any(one => makers.Contains(one.FullName) || (IsScalar(one.DeclaringType) && one.Name is ".ctor" or "op_Implicit") || one.DeclaringType.Name == "ScalarExtensionMethods"))
                    makers.Add(name);
            }
        }
        while (makers.Count > before);
        return [.. makers.Where(name => !name.Contains("TorchSharp.Scalar::", StringComparison.Ordinal))];
    }

    private static IEnumerable<MethodReference> Calls(MethodDefinition method) =>
        method.HasBody ? method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>().Select(called => called.GetElementMethod()) : [];

    private static IEnumerable<TypeDefinition> Types(ModuleDefinition module) => module.Types.SelectMany(WithNested);

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static bool IsScalar(TypeReference type) => type.FullName == "TorchSharp.Scalar";
}
