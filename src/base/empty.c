/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole of each `layer_*` executable: beside it stands one folder's
 * library, linked whole, with only what that folder may use.  A call upwards is
 * then an undefined reference, and the build fails.
 */
int main(void);

int main(void)
{
    return 0;
}
