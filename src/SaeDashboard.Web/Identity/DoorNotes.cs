using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace SaeDashboard.Web.Identity;

/// <summary>What a form's answer says on the page it leads back to. It travels in the address, encrypted: no one else can put words onto a page of this site by a link.</summary>
internal sealed class DoorNotes(IDataProtectionProvider protection)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(10);

    private readonly ITimeLimitedDataProtector protector = protection.CreateProtector("SaeDashboard.DoorNotes").ToTimeLimitedDataProtector();

    public string Write(string note) => protector.Protect(note, Lasts);

    /// <summary>The note; null: there is none, it is old, or it is not of this site.</summary>
    public string? Read(string? note)
    {
        try
        {
            return string.IsNullOrEmpty(note) ? null : protector.Unprotect(note);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
