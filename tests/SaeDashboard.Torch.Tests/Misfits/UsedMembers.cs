using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace SaeDashboard.Torch.Tests.Misfits;

/// <summary>Which members of TorchSharp an assembly refers to, read from its metadata: whatever the source spells, it is here.</summary>
internal static class UsedMembers
{
    /// <summary>Members of TorchSharp as <c>Tensor.mm</c> and <c>Tensor.get_shape</c>, without parameters.</summary>
    /// <param name="assemblies">Names of assemblies that the worker is made of.</param>
    public static IReadOnlySet<string> Of(params string[] assemblies)
    {
        // The worker is built before the tests, in the same configuration, and has every assembly in its folder.
        var worker = Path.GetFullPath(Path.Combine(
            AppContext.BaseDirectory, "..", "..", "SaeDashboard.Worker", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));
        return new SortedSet<string>(assemblies.SelectMany(assembly => In(Path.Combine(worker, assembly + ".dll"))), StringComparer.Ordinal);
    }

    private static List<string> In(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        var members = new List<string>();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference || member.GetKind() != MemberReferenceKind.Method) continue;
            var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            if (!IsOfTorchSharp(metadata, type)) continue;
            var owner = metadata.GetString(type.Name);
            members.Add($"{(owner == "TensorExtensionMethods" ? "Tensor" : owner)}.{metadata.GetString(member.Name)}");
        }
        return members;
    }

    private static bool IsOfTorchSharp(MetadataReader metadata, TypeReference type) => type.ResolutionScope.Kind switch
    {
        HandleKind.TypeReference => IsOfTorchSharp(metadata, metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope)),
        HandleKind.AssemblyReference => metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == "TorchSharp",
        _ => false,
    };
}
